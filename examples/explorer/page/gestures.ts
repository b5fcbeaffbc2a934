/** A movement of less, in pixels, is a click. */
const STILL = 5;

/** Where a pointer is, in pixels of the screen. */
export interface Place {
  readonly clientX: number;
  readonly clientY: number;
}

export interface GestureEvents {
  /** Whether there is something to be dragged. */
  readonly isLive: () => boolean;
  readonly onClick: (place: Place) => void;
  /** @param right @param down pixels. @param turns with the Shift key held */
  readonly onDrag: (right: number, down: number, turns: boolean) => void;
  readonly onPinch: (factor: number, about: Place) => void;
  readonly onHover: (place: Place) => void;
  readonly onWheel: (factor: number, about: Place) => void;
}

/** Clicks, drags and pinches on an element; the wheel with Ctrl. */
export function listenForGestures(place: HTMLElement, events: GestureEvents): void {
  const pointers = new Map<number, PointerEvent>();
  let travelled = 0;
  place.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (events.isLive()) place.setPointerCapture(event.pointerId);
    if (pointers.size === 0) travelled = 0;
    pointers.set(event.pointerId, event);
  });
  place.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (before === undefined) {
      events.onHover(event);
      return;
    }
    const [right, down] = [event.clientX - before.clientX, event.clientY - before.clientY];
    travelled += Math.hypot(right, down);
    const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, each]) => each);
    if (other !== undefined) {
      const spread = (each: Place): number => Math.hypot(each.clientX - other.clientX, each.clientY - other.clientY);
      const about = {
        clientX: (event.clientX + other.clientX) / 2,
        clientY: (event.clientY + other.clientY) / 2,
      };
      if (spread(before) > 0) events.onPinch(spread(event) / spread(before), about);
    } else if (travelled >= STILL) events.onDrag(right, down, event.shiftKey);
    else return;
    pointers.set(event.pointerId, event);
  });
  const up = (event: PointerEvent): void => {
    const isLast = pointers.delete(event.pointerId) && pointers.size === 0;
    if (isLast && travelled < STILL && event.type === "pointerup") events.onClick(event);
  };
  place.addEventListener("pointerup", up);
  place.addEventListener("pointercancel", up);
  // an element that is not dragged does not hold its pointer
  place.addEventListener("pointerleave", (event) => {
    if (!events.isLive()) pointers.delete(event.pointerId);
  });
  place.addEventListener(
    "wheel",
    (event) => {
      // the wheel alone scrolls the page
      if (!(event.ctrlKey || event.metaKey) || !events.isLive()) return;
      event.preventDefault();
      events.onWheel(Math.exp(-event.deltaY * 0.003), event);
    },
    { passive: false },
  );
}
