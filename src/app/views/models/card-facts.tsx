/** What a model's card says, all of it that is for people. */
import type { ModelCard } from '../../../core/model/card.ts';
import { ClassFacts } from './class-facts.tsx';
import { figure, selfCheckWords, storageWords } from './model-words.ts';

export function CardFacts({ card }: { readonly card: ModelCard }) {
  const { network, labels, licence, origin, quality, summary, classes } = card;
  return (
    <>
      <p>{summary}</p>
      <dl className="card-facts">
        <Fact name="Form">{storageWords(card)}</Fact>
        <Fact name="Licence">
          {licence.spdx === 'NOASSERTION' ? '' : `${licence.spdx}. `}
          {licence.note}
        </Fact>
        <Fact name="Origin">{origin}</Fact>
        <Fact name="Self-check">{selfCheckWords(card)}</Fact>
        <Fact name="Classes">
          {labels.mids.length}
          {classes && classes.weak.length > 0
            ? `; the scores of ${classes.weak.length} of them should not be relied on, its training heard too little of them`
            : ''}
        </Fact>
        <Fact name="Network">
          {network.depth} layers, width {network.width}, {network.heads} heads,{' '}
          {network.family === 'streaming' ? `${network.cacheFrames / 100} s remembered` : 'no memory'}
        </Fact>
        {quality.length === 0 && <Fact name="Quality">Nothing was measured by us.</Fact>}
        {quality.map((one) => (
          <Fact key={`${one.measure} ${one.on}`} name={one.measure}>
            {one.value >= 1 ? one.value : figure(one.value)} on {one.on}
            {one.note === undefined ? '' : `. ${one.note}`}
          </Fact>
        ))}
        <Fact name="SHA-256">
          <code>{card.sha256}</code>
        </Fact>
      </dl>
      <ClassFacts card={card} />
    </>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
