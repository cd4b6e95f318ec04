/** The menu of a row. One for all rows, since a table of thousands scrolls more smoothly without one each. */
import { type ReactNode, useCallback, useRef, useState } from 'react';
import { Menu, MenuItem, Popover } from 'react-aria-components';
import { useLibrary } from '../../store/library-context.ts';
import type { TakeRow } from '../../store/take.ts';
import { hasScores } from '../../store/take-fold.ts';
import type { RowProps } from './row-parts.tsx';
import { canRetry } from './take-words.ts';

/** After the menu has given the focus back to its button, which may be gone by then. */
const AFTER_CLOSING_MS = 60;

/** `shown`: in the order of the table. */
export function useRowMenu(shown: readonly TakeRow[]): {
  readonly menu: ReactNode;
  readonly openMenu: RowProps['onMore'];
} {
  const { controller } = useLibrary();
  const [openId, setOpenId] = useState<string | null>(null);
  const button = useRef<HTMLElement>(null);
  const openMenu = useCallback<RowProps['onMore']>((id, element) => {
    button.current = element;
    setOpenId(id);
  }, []);
  const place = openId === null ? -1 : shown.findIndex(({ id }) => id === openId);
  const row = shown[place];
  if (!row) return { menu: null, openMenu };

  const { take } = row;
  const { media } = take;
  const remove = (): void => {
    const next = shown[place + 1] ?? shown[place - 1];
    controller.remove(row.id);
    // The keyboard goes on at the neighbour instead of at the top of the page.
    setTimeout(() => {
      // Who has gone elsewhere meanwhile stays there.
      if (document.activeElement && document.activeElement !== document.body) return;
      const there =
        next && document.querySelector<HTMLElement>(`[data-row="${CSS.escape(next.id)}"] .row-actions button`);
      (there ?? document.getElementById('main'))?.focus();
    }, AFTER_CLOSING_MS);
  };
  const menu = (
    <Popover
      className="files-popover"
      placement="bottom end"
      trigger="MenuTrigger"
      triggerRef={button}
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) setOpenId(null);
      }}
    >
      <Menu aria-label={take.name} autoFocus="first" onClose={() => setOpenId(null)}>
        {hasScores(take) && <MenuItem onAction={() => controller.open(row.id)}>Review</MenuItem>}
        {media && (
          <MenuItem onAction={() => controller.compareFile({ file: media, folder: take.folder })}>
            Compare models on this file
          </MenuItem>
        )}
        {canRetry(row) && <MenuItem onAction={() => controller.retry(row.id)}>Retry from the start</MenuItem>}
        <MenuItem onAction={remove}>Remove</MenuItem>
      </Menu>
    </Popover>
  );
  return { menu, openMenu };
}
