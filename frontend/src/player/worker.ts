/// <reference lib="webworker" />
import { CanvasScreen } from './canvasscreen';
import { Feeds, type Wish } from './feeds';

/** One worker owns every video socket, decoder and canvas of the page. */
const feeds = new Feeds(
  (told) => self.postMessage(told),
  (canvas, events) => new CanvasScreen(canvas as OffscreenCanvas, events),
);
self.onmessage = (event: MessageEvent<Wish>) => feeds.hear(event.data);
