import { defineConfig } from 'vitest/config';

// No plugin: JSX is compiled by Vite itself (tsconfig: jsxImportSource preact).
export default defineConfig({
  base: '/',
  build: {
    outDir: '../crisislink/web/static',
    emptyOutDir: true,
    target: 'es2022',
    // CSP allows no inline script and no data: font
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      // the panel's script has one name for ever: it stands in other people's pages
      input: { index: 'index.html', embed: 'embed.html', panel: 'src/embed/panel.ts' },
      output: {
        // Few chunks: many small ones compress worse. What the panel needs too, then what only the rooms do.
        codeSplitting: {
          groups: [
            {
              name: 'core',
              test: /node_modules.(preact|@preact|openapi-fetch)|preload-helper|src.(api.client|state.|words.(index|fr)\.|app.(St|Stopped|Unread|Unspoken|Phones|Exercise|Failure)\.|player.(player|LiveCanvas|inpage)\.|pages.samu.(look|TileWords))/,
            },
            {
              name: 'rooms',
              test: /src.(app.(?!Keys\.)|state.|talk.(?!Card\.)|pages.(RoomMap|crisis.(?!Declare\.)|samu.(?!GapList\.|HandoverBody\.)))/,
            },
          ],
        },
        entryFileNames: ({ name }) => (name === 'panel' ? 'crisislink-panel.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  worker: { format: 'es' },
  server: {
    proxy: { '/api': { target: 'http://localhost:8400', ws: true }, '/auth': 'http://localhost:8400' },
  },
  test: {
    environment: 'happy-dom',
    // Threads begin sooner than processes; one for each core of a small machine: by itself it takes one less.
    pool: 'threads',
    maxWorkers: 2,
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/words/all.setup.ts'],
  },
});
