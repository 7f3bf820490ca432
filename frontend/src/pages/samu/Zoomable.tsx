import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { panned, type Zoom, zoomed } from './zoom';

const WHEEL_STEP_PX = 120;

interface Props {
  zoom: Zoom;
  onZoom(zoom: Zoom): void;
  children: ComponentChildren;
}

/** The frame of a picture that is looked at more closely with wheel and pointer; the keys are its tile's. */
export function Zoomable({ zoom, onZoom, children }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const latest = useRef({ zoom, onZoom });
  latest.current = { zoom, onZoom };

  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    // By hand: a handler given to the framework is passive, and the page would scroll.
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const px = (event.clientX - box.left) / box.width - 0.5;
      const py = (event.clientY - box.top) / box.height - 0.5;
      latest.current.onZoom(zoomed(latest.current.zoom, -event.deltaY / WHEEL_STEP_PX, px, py));
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, []);

  const drag = (event: PointerEvent) => {
    const box = frame.current?.getBoundingClientRect();
    if (event.buttons !== 1 || zoom.scale <= 1 || box === undefined) return;
    onZoom(panned(zoom, event.movementX / box.width, event.movementY / box.height));
  };
  const whole = zoom.scale <= 1;
  const transform = `translate(${zoom.x * 100}%, ${zoom.y * 100}%) scale(${zoom.scale})`;
  return (
    <div
      class={`picture ${whole ? '' : 'near'}`}
      ref={frame}
      onPointerDown={(event) => {
        if (!whole) event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={drag}
    >
      <div class="lens" style={{ transform: whole ? 'none' : transform }}>
        {children}
      </div>
    </div>
  );
}
