import { expect, it } from 'vitest';
import type { Viewing } from '../../state/room';
import { watched } from './People';

it('a person’s cut names each camera once for each grant they watch it under', () => {
  const look = (id: string, person: string, grant: string, camera: string) =>
    ({ id, person, grant, camera }) as Viewing;
  const people = watched([
    look('vw_1', 'per_1', 'gr_1', 'cam_1'),
    look('vw_2', 'per_1', 'gr_1', 'cam_1'), // a second screen
    look('vw_3', 'per_1', 'gr_2', 'cam_1'),
    look('vw_4', 'per_2', 'gr_1', 'cam_2'),
  ]);
  expect(people.get('per_1')).toEqual(
    new Map([
      ['gr_1', new Set(['cam_1'])],
      ['gr_2', new Set(['cam_1'])],
    ]),
  );
  expect(people.get('per_2')).toEqual(new Map([['gr_1', new Set(['cam_2'])]]));
});
