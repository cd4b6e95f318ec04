/** The frame around every view: name, skip link, theme, and which view the address asks for (`?view=`). */
import { type ReactNode, useLayoutEffect } from 'react';
import { useLive, useLiveState } from './store/context.ts';
import type { ThemeChoice } from './store/settings.ts';
import { useMedia } from './ui/use-media.ts';
import { LiveView } from './views/live/live-view.tsx';

interface View {
  readonly id: string;
  readonly title: string;
  readonly render: (frame: { readonly dark: boolean }) => ReactNode;
}

/** The first one is where the page opens. */
const VIEWS: readonly [View, ...View[]] = [
  { id: 'live', title: 'Live', render: ({ dark }) => <LiveView dark={dark} /> },
];

const THEMES: readonly { readonly choice: ThemeChoice; readonly label: string }[] = [
  { choice: 'system', label: 'System' },
  { choice: 'light', label: 'Light' },
  { choice: 'dark', label: 'Dark' },
];

export function App({ viewId }: { readonly viewId: string | null }) {
  const { controller } = useLive();
  const theme = useLiveState((state) => state.settings.theme);
  const systemDark = useMedia('(prefers-color-scheme: dark)');
  const dark = theme === 'system' ? systemDark : theme === 'dark';
  useLayoutEffect(() => {
    document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
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
        {VIEWS.length > 1 && (
          <nav aria-label="Views">
            {VIEWS.map(({ id, title }) => (
              <a key={id} href={`?view=${id}`} {...(id === view.id ? { 'aria-current': 'page' as const } : {})}>
                {title}
              </a>
            ))}
          </nav>
        )}
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
      <main id="main" tabIndex={-1}>
        {view.render({ dark })}
      </main>
    </>
  );
}
