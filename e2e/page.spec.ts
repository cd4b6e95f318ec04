/** The page itself: accessible in both themes, usable by keyboard, whole at phone width, and its history can be scrolled. */
import AxeBuilder from '@axe-core/playwright';
import { expect, fixture, test } from './browser.ts';

const DOG = fixture('audio/dog.wav');

for (const colorScheme of ['light', 'dark'] as const) {
  test(`no accessibility violations, before and while listening (${colorScheme})`, async ({ open }) => {
    const { page } = await open({ microphone: DOG, colorScheme });
    await page.goto('/');
    await expect(page.getByRole('button', { name: 'Listen' })).toBeVisible();
    const rules = (results: Awaited<ReturnType<AxeBuilder['analyze']>>) =>
      results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    expect(rules(await new AxeBuilder({ page }).analyze())).toEqual([]);
    await page.getByRole('button', { name: 'Listen' }).click();
    await expect(page.getByRole('region', { name: 'Heard now' }).getByRole('listitem').first()).toBeVisible({
      timeout: 60_000,
    });
    expect(rules(await new AxeBuilder({ page }).analyze())).toEqual([]);
  });
}

test('by keyboard alone: space listens, P holds, arrows scroll, L goes back to live, space stops', async ({ open }) => {
  const { page, troubles } = await open({ microphone: DOG });
  await page.goto('/');
  await expect(page.getByRole('button', { name: 'Listen' })).toBeVisible();
  await page.locator('body').press('Space');
  await expect(page.getByRole('button', { name: 'Stop' })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole('region', { name: 'Heard now' }).getByRole('listitem').first()).toBeVisible({
    timeout: 60_000,
  });
  await page.locator('body').press('p');
  await expect(page.getByRole('button', { name: 'Live', exact: true })).toBeVisible();
  await page.locator('body').press('ArrowLeft');
  await page.locator('body').press('l');
  await expect(page.getByRole('button', { name: /Pause/ })).toBeVisible();
  await page.locator('body').press('Space');
  await expect(page.getByRole('button', { name: 'Listen' })).toBeVisible();
  expect(troubles).toEqual([]);
});

test('a class is searched for and pinned, and its row stays though it is not heard', async ({ open }) => {
  const { page } = await open({ microphone: DOG });
  await page.goto('/');
  await page.getByRole('button', { name: 'Listen' }).click();
  await expect(page.getByRole('region', { name: 'Heard now' }).getByRole('listitem').first()).toBeVisible({
    timeout: 60_000,
  });
  await page.getByRole('combobox', { name: 'Search all classes' }).fill('chainsaw');
  await page.getByRole('option', { name: 'Chainsaw' }).click();
  await expect(page.getByRole('list', { name: 'Pinned classes' })).toContainText('Chainsaw');
});

test('the announcements for screen readers are polite and rare', async ({ open }) => {
  const { page } = await open({ microphone: DOG });
  await page.goto('/');
  await page.getByRole('button', { name: 'Listen' }).click();
  const region = page.getByTestId('announcements');
  await expect(region).toHaveAttribute('aria-live', 'polite');
  await expect(region).toContainText(/Animal|Dog|Bark/, { timeout: 60_000 });
  const changes = await region.evaluate(
    (element) =>
      new Promise<number>((resolve) => {
        let count = 0;
        const observer = new MutationObserver(() => count++);
        observer.observe(element, { childList: true, characterData: true, subtree: true });
        setTimeout(() => resolve(count), 9000);
      }),
  );
  expect(changes).toBeLessThanOrEqual(3);
});

for (const { width, height } of [
  { width: 390, height: 844 },
  { width: 320, height: 640 },
]) {
  test(`at ${width} pixels nothing runs out of the page`, async ({ open }) => {
    const { page } = await open({ microphone: DOG, viewport: { width, height } });
    await page.goto('/');
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await expect(page.getByRole('button', { name: 'Listen' })).toBeVisible();
    expect(await overflow()).toBe(0);
    await page.getByRole('button', { name: 'Listen' }).click();
    await expect(page.getByRole('region', { name: 'Heard now' }).getByRole('listitem').first()).toBeVisible({
      timeout: 60_000,
    });
    expect(await overflow()).toBe(0);
  });
}
