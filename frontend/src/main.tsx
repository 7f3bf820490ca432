/** The page starts here: the clock, the styles, the app. */
import { render } from 'preact';
import { App } from './app/App';
import { startClock } from './state/time';
import { speakAsBefore } from './words';
import './styles/tokens.css';
import './styles/base.css';
import './styles/rooms.css';
import './styles/retex.css';
import './styles/roster.css';
import './styles/wall.css';
import './styles/police.css';
import './styles/talk.css';

startClock();
await speakAsBefore();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
