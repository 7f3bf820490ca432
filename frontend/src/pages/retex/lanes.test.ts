import { expect, test } from 'vitest';
import { drawn, type Review } from './lanes';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 23, 9, minute)).toISOString();

function review(closed: number | null): Review {
  const incident = { opened_at: at(0), closed_at: closed === null ? null : at(closed) };
  return {
    server_time: at(40),
    began_at: at(0),
    declaration: null,
    incidents: [incident, { opened_at: at(2), closed_at: at(3) }],
    moments: [{ at: at(0) }, { at: at(closed ?? 10) }],
    grants: [
      {
        id: 'gr_1',
        ref: 'R0001',
        starts_at: at(5),
        ended_at: at(15),
        views: [
          { camera: 'cam_1', ended_at: at(10) },
          { camera: 'cam_2', ended_at: null },
        ],
      },
    ],
    looks: [
      { grant: 'gr_1', camera: 'cam_1', started_at: at(6), ended_at: at(9) },
      { grant: 'gr_0', camera: 'cam_1', started_at: at(6), ended_at: at(9) },
    ],
  } as unknown as Review;
}

test('each camera of a grant has a lane, as long as it was granted, with the looks of that grant', () => {
  const { lanes } = drawn(review(20));
  expect(lanes.map((lane) => lane.granted)).toEqual([
    { left: 250, width: 250 },
    { left: 250, width: 500 },
  ]);
  expect(lanes[0]?.looks).toEqual([{ left: 300, width: 150 }]);
  expect(lanes[1]?.looks).toEqual([]);
});

test('an incident that is open is drawn up to now', () => {
  expect(drawn(review(null)).endMs).toBe(Date.parse(at(40)));
});

test('minutes are written at round steps, eight at most', () => {
  const { ticks } = drawn(review(20));
  expect(ticks.map((tick) => tick.minutes)).toEqual([0, 5, 10, 15, 20]);
  expect(ticks.at(-1)?.at).toBe(1000);
});
