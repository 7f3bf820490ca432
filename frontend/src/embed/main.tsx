/** The page inside the dispatch software's starts here. */
import { render } from 'preact';
import { startClock } from '../state/time';
import { speakAsBefore } from '../words';
import { Panel } from './Panel';
import { begin } from './session';
import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/rooms.css';
import '../styles/wall.css';
import '../styles/embed.css';

startClock();
await speakAsBefore();
void begin();
const root = document.getElementById('app');
if (root !== null) render(<Panel />, root);
