import type { View } from './view.ts';

/** Shows a run only from where it was taken up again. */
export function sinceResumed(view: View): View {
  let isResumed = false;
  return {
    event: (event) => {
      isResumed ||= event.type === 'run.resumed';
      if (isResumed) view.event(event);
    },
    close: () => view.close(),
  };
}
