/** The frame around every view: name, skip link, theme, and which view the address asks for (`?view=`). */
import { lazy, type ReactNode, Suspense, useLayoutEffect } from 'react';
import { useStore } from 'zustand';
import { UpdateNotice } from './offline/update-notice.tsx';
import { useLive, useLiveState } from './store/context.ts';
import { overallProgress } from './store/models.ts';
import { useModelsState } from './store/models-context.ts';
import { followTo, navigation, type ViewId, viewHref } from './store/navigation.ts';
import type { ThemeChoice } from './store/settings.ts';
import { paintBrowserFrame } from './ui/theme-colour.ts';
import { useMedia } from './ui/use-media.ts';
import { LiveView } from './views/live/live-view.tsx';

/** Who comes to listen does not wait for the rest. */
const FilesView = lazy(() => import('./views/files/files-view.tsx').then((m) => ({ default: m.FilesView })));
const ReviewView = lazy(() => import('./views/review/review-view.tsx').then((m) => ({ default: m.ReviewView })));
const CompareView = lazy(() => import('./views/compare/compare-view.tsx').then((m) => ({ default: m.CompareView })));
const ModelsView = lazy(() => import('./views/models/models-view.tsx').then((m) => ({ default: m.ModelsView })));

interface View {
  readonly id: ViewId;
  readonly title: string;
  readonly render: (frame: { readonly dark: boolean }) => ReactNode;
}

/** The first one is where the page opens. */
const VIEWS: readonly [View, ...View[]] = [
  { id: 'live', title: 'Live', render: ({ dark }) => <LiveView dark={dark} /> },
  { id: 'files', title: 'Files', render: ({ dark }) => <FilesView dark={dark} /> },
  { id: 'review', title: 'Review', render: ({ dark }) => <ReviewView dark={dark} /> },
  { id: 'compare', title: 'Compare', render: ({ dark }) => <CompareView dark={dark} /> },
  { id: 'models', title: 'Models', render: () => <ModelsView /> },
];

const THEMES: readonly { readonly choice: ThemeChoice; readonly label: string }[] = [
  { choice: 'system', label: 'System' },
  { choice: 'light', label: 'Light' },
  { choice: 'dark', label: 'Dark' },
];

export function App() {
  const viewId = useStore(navigation, (state) => state.view);
  const { controller } = useLive();
  const modelNews = useModelsState((state) => state.said);
  const theme = useLiveState((state) => state.settings.theme);
  const systemDark = useMedia('(prefers-color-scheme: dark)');
  const dark = theme === 'system' ? systemDark : theme === 'dark';
  useLayoutEffect(() => {
    document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
    paintBrowserFrame();
  }, [dark]);
  const view = VIEWS.find(({ id }) => id === viewId) ?? VIEWS[0];
  return (
    <>
      <a className="skip" href="#main">
        Skip to what is heard
      </a>
      <header className="top">
        <p className="wordmark">
          <svg viewBox="0 0 34 20" aria-hidden="true">
            <path d="M1 17H7V11H13V3H19V8H25V14H33" />
          </svg>
          Earshot
        </p>
        <nav aria-label="Views">
          {VIEWS.map(({ id, title }) => (
            <a
              key={id}
              href={viewHref(id)}
              onClick={followTo(id)}
              {...(id === view.id ? { 'aria-current': 'page' as const } : {})}
            >
              {title}
              {id === 'models' && <UnderWay />}
            </a>
          ))}
        </nav>
        <label className="theme">
          <span className="visually-hidden">Theme</span>
          <select
            value={theme}
            onChange={(event) => {
              const chosen = THEMES.find(({ choice }) => choice === event.target.value);
              if (chosen) controller.changeTheme(chosen.choice);
            }}
          >
            {THEMES.map(({ choice, label }) => (
              <option key={choice} value={choice}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </header>
      <UpdateNotice />
      <p className="visually-hidden" role="status" data-testid="model-news">
        {modelNews}
      </p>
      <main id="main" tabIndex={-1}>
        <Suspense fallback={<p className="quiet">Opening…</p>}>{view.render({ dark })}</Suspense>
      </main>
    </>
  );
}

/** Beside the view's name: a model is on its way while the page listens. */
function UnderWay() {
  const jobs = useModelsState((state) => state.jobs);
  const progress = overallProgress(jobs);
  if (!progress) return null;
  const { running, share } = progress;
  const percent = share === null ? null : Math.floor(share * 100);
  const many = running === 1 ? 'a model is' : `${running} models are`;
  return (
    <span className="under-way" data-testid="models-under-way">
      <span className="visually-hidden">
        , {many} being installed{percent === null ? '' : `, ${percent} percent downloaded`}
      </span>
      <span className="under-way-text" aria-hidden="true">
        {percent === null ? '…' : `${percent} %`}
      </span>
      <span className="under-way-line" aria-hidden="true" style={{ transform: `scaleX(${share ?? 1})` }} />
    </span>
  );
}
