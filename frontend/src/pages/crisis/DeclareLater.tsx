import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Point } from '../../map/contract';
import { declares } from '../../state/crisis';
import { me } from '../../state/store';

interface Props {
  room: 'samu' | 'cic';
  at: Point | null;
}

/** The button to declare a crisis: its code comes for who may, after the room. */
export function DeclareLater(props: Props) {
  const [Button, setButton] = useState<FunctionComponent<Props> | null>(null);
  const who = me.value;
  const may = who != null && declares(who);
  useEffect(() => {
    if (may) void import('./Declare').then((module) => setButton(() => module.DeclareButton));
  }, [may]);
  return may && Button !== null ? <Button {...props} /> : null;
}
