/** Search over all classes the lanes know, to compare one more. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { ComboBox, Input, Label, ListBox, ListBoxItem, Popover } from 'react-aria-components';
import { ClassList } from '../../../core/scores/class-list.ts';
import { MOST_CLASSES } from './class-choice.ts';
import type { ReadyLane } from './ready-lane.ts';
import type { ClassChoice } from './use-classes.ts';

export function ClassAdder({ lanes, choice }: { readonly lanes: readonly ReadyLane[]; readonly choice: ClassChoice }) {
  const [query, setQuery] = useState('');
  /** A box that found something is replaced by an empty one: clearing the same box would open its list again. */
  const [turn, setTurn] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (turn > 0) input.current?.focus();
  }, [turn]);
  const all = useMemo(() => allClasses(lanes), [lanes]);
  const hits = useMemo(() => all.search(query, 40).map(({ mid, name }) => ({ id: mid, name })), [all, query]);
  const isFull = choice.chosen.length >= MOST_CLASSES;
  return (
    <div className="class-adder">
      <ComboBox
        key={turn}
        items={hits}
        inputValue={query}
        onInputChange={setQuery}
        selectedKey={null}
        isDisabled={isFull}
        allowsEmptyCollection
        menuTrigger="input"
        onSelectionChange={(key) => {
          if (typeof key !== 'string') return;
          choice.add(key);
          setQuery('');
          setTurn((before) => before + 1);
        }}
      >
        <Label>Compare another class</Label>
        <Input ref={input} placeholder={isFull ? `${MOST_CLASSES} are shown` : `one of ${all.size}`} />
        <Popover className="class-popover" placement="bottom start">
          <ListBox renderEmptyState={() => <p className="quiet">No class is called that.</p>}>
            {(item: { readonly id: string; readonly name: string }) => (
              <ListBoxItem id={item.id} textValue={item.name}>
                {item.name}
              </ListBoxItem>
            )}
          </ListBox>
        </Popover>
      </ComboBox>
    </div>
  );
}

function allClasses(lanes: readonly ReadyLane[]): ClassList {
  const names = new Map<string, string>();
  for (const { lane } of lanes) {
    const { labels } = lane.card!;
    for (const [index, mid] of labels.mids.entries()) if (!names.has(mid)) names.set(mid, labels.names[index]!);
  }
  return new ClassList({ mids: [...names.keys()], names: [...names.values()] });
}
