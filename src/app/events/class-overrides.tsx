/** Rules of their own for single classes: a class is chosen by name, what is left empty follows the general rules. */
import { useMemo, useState } from 'react';
import { ComboBox, Input, Label, ListBox, ListBoxItem, Popover } from 'react-aria-components';
import { ruleFor } from '../../core/events/event-rules.ts';
import type { EventRule, EventRules } from '../../core/events/event-types.ts';
import { RULE_CONTROLS } from '../../core/events/rule-words.ts';
import { type ClassLabels, ClassList } from '../../core/scores/class-list.ts';
import { formatOf, RuleNumber } from './rule-controls.tsx';

interface ClassOverridesProps {
  readonly labels: ClassLabels;
  readonly rules: EventRules;
  readonly onChange: (change: Partial<EventRules>) => void;
}

export function ClassOverrides({ labels, rules, onChange }: ClassOverridesProps) {
  const classes = useMemo(() => new ClassList(labels), [labels]);
  /** Chosen here, newest first; those without a rule of their own yet are only here. */
  const [opened, setOpened] = useState<readonly string[]>([]);
  const mids = [...new Set([...opened, ...Object.keys(rules.perClass)])].filter((mid) => classes.has(mid));
  const set = (mid: string, override: Partial<EventRule>): void =>
    onChange({ perClass: { ...rules.perClass, [mid]: override } });
  const count = Object.keys(rules.perClass).filter((mid) => classes.has(mid)).length;
  return (
    <details className="overrides">
      <summary>
        Rules for single classes
        {count > 0 && <span className="quiet"> ({count} set)</span>}
      </summary>
      <ClassSearch
        classes={classes}
        onChoose={(mid) => setOpened((before) => [mid, ...before.filter((one) => one !== mid)])}
      />
      {mids.length > 0 && (
        <ul className="override-list">
          {mids.map((mid) => (
            <Override
              key={mid}
              name={classes.nameOf(mid) ?? mid}
              own={rules.perClass[mid] ?? {}}
              inForce={ruleFor(rules, mid)}
              isNew={opened[0] === mid && !rules.perClass[mid]}
              onChange={(override) => {
                // It stays in its place while its fields are cleared one by one.
                setOpened((before) => (before.includes(mid) ? before : [...before, mid]));
                set(mid, override);
              }}
              onReset={() => {
                setOpened((before) => before.filter((one) => one !== mid));
                set(mid, {});
              }}
            />
          ))}
        </ul>
      )}
    </details>
  );
}

interface OverrideProps {
  readonly name: string;
  readonly own: Partial<EventRule>;
  readonly inForce: EventRule;
  readonly isNew: boolean;
  readonly onChange: (override: Partial<EventRule>) => void;
  readonly onReset: () => void;
}

function Override({ name, own, inForce, isNew, onChange, onReset }: OverrideProps) {
  return (
    <li className="override">
      <div className="override-head">
        <h3>{name}</h3>
        <button type="button" className="small" aria-label={`Reset ${name} to the general rules`} onClick={onReset}>
          Reset
        </button>
      </div>
      <div className="override-fields">
        {RULE_CONTROLS.map((control, index) => {
          const { field, label, unit } = control;
          return (
            <div key={field} className="override-field">
              <span aria-hidden="true">
                {label}
                {unit !== '' && `, ${unit}`}
              </span>
              <RuleNumber
                control={control}
                name={`${name}: ${label}${unit === '' ? '' : ` in ${unit === 's' ? 'seconds' : unit}`}`}
                value={own[field] ?? Number.NaN}
                placeholder={new Intl.NumberFormat('en', formatOf(control)).format(inForce[field])}
                isFocused={isNew && index === 0}
                onChange={(value) => {
                  const { [field]: _, ...rest } = own;
                  onChange(Number.isNaN(value) ? rest : { ...rest, [field]: value });
                }}
              />
            </div>
          );
        })}
      </div>
    </li>
  );
}

interface ClassSearchProps {
  readonly classes: ClassList;
  readonly onChoose: (mid: string) => void;
}

function ClassSearch({ classes, onChoose }: ClassSearchProps) {
  const [query, setQuery] = useState('');
  /** A box that found something is replaced by an empty one: clearing the same box would open its list again. */
  const [turn, setTurn] = useState(0);
  const hits = useMemo(() => classes.search(query, 40).map(({ mid, name }) => ({ id: mid, name })), [classes, query]);
  return (
    <ComboBox
      key={turn}
      className="override-search"
      items={hits}
      inputValue={query}
      onInputChange={setQuery}
      selectedKey={null}
      allowsEmptyCollection
      menuTrigger="input"
      onSelectionChange={(key) => {
        if (typeof key !== 'string') return;
        onChoose(key);
        setQuery('');
        setTurn((before) => before + 1);
      }}
    >
      <Label>Class with rules of its own</Label>
      <Input placeholder={`one of ${classes.size}`} />
      <Popover className="events-popover">
        <ListBox renderEmptyState={() => <p className="quiet">No class is called that.</p>}>
          {(item: { readonly id: string; readonly name: string }) => (
            <ListBoxItem id={item.id} textValue={item.name}>
              {item.name}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
