/** Which view is shown: the `?view=` of the address. Moving between views keeps the page, and all that was computed in it. */
import { createStore } from 'zustand/vanilla';

export const VIEW_IDS = ['live', 'files', 'review', 'compare', 'models'] as const;
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

/** For links to a view: with a modifier the press is the browser's (another tab, a download), without one the page stays. */
export const followTo =
  (view: ViewId) =>
  (event: Pick<MouseEvent, 'metaKey' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'preventDefault'>): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    goTo(view);
  };

/** The address of a page that opens with this model: no other part of the query, so that it can be given to others. */
export function modelHref(modelId: string): string {
  const { origin, pathname } = location;
  return `${origin}${pathname}?${new URLSearchParams({ model: modelId })}`;
}

/** Somebody chose otherwise: the address is no longer true, and a reload is not to bring it back. */
export function dropFromAddress(name: string): void {
  const query = new URLSearchParams(location.search);
  if (!query.has(name)) return;
  query.delete(name);
  const rest = query.toString();
  history.replaceState(null, '', rest === '' ? location.pathname : `?${rest}`);
}

/** Once, at start: reads the address and follows the browser's back and forward. */
export function followAddress(): void {
  const read = (): void => navigation.setState({ view: viewOf(location.search) });
  window.addEventListener('popstate', read);
  read();
}
