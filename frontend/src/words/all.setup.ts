/** Tests speak of all pages. */
import { speakOfAll } from '.';

await speakOfAll();
