/** Which view is shown: the `?view=` of the address. Moving between views keeps the page, and all that was computed in it. */
import { createStore } from 'zustand/vanilla';

export const VIEW_IDS = ['live', 'files', 'review', 'compare'] as const;
export type ViewId = (typeof VIEW_IDS)[number];

export const navigation = createStore<{ readonly view: ViewId }>(() => ({ view: 'live' }));

const viewOf = (search: string): ViewId => {
  const asked = new URLSearchParams(search).get('view');
  return VIEW_IDS.find((id) => id === asked) ?? 'live';
};

/** The address of a view, other parts of the query kept. */
export function viewHref(view: ViewId): string {
  const query = new URLSearchParams(location.search);
  query.set('view', view);
  return `?${query}`;
}

export function goTo(view: ViewId): void {
  if (navigation.getState().view === view) return;
  history.pushState(null, '', viewHref(view));
  navigation.setState({ view });
}

/** Once, at start: reads the address and follows the browser's back and forward. */
export function followAddress(): void {
  const read = (): void => navigation.setState({ view: viewOf(location.search) });
  window.addEventListener('popstate', read);
  read();
}
