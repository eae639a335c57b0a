import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { optional } from '../support/requires.js'

/*
 * What these tests use of playwright-core, which is not a dependency: CI alone installs it, and the types have to
 * stand without it.
 */
export interface Locator {
  getByLabel(text: string, options?: { exact?: boolean }): Locator
  getByRole(role: string, options?: { name?: string; exact?: boolean }): Locator
  getByText(text: string, options?: { exact?: boolean }): Locator
  locator(selector: string): Locator
  waitFor(): Promise<void>
  click(): Promise<void>
  fill(text: string): Promise<void>
  press(key: string): Promise<void>
  check(): Promise<void>
  inputValue(): Promise<string>
  innerText(): Promise<string>
  allInnerTexts(): Promise<string[]>
  count(): Promise<number>
  isVisible(): Promise<boolean>
}

export interface Page extends Locator {
  goto(url: string): Promise<unknown>
  setViewportSize(size: { width: number; height: number }): Promise<void>
  evaluate<T>(script: string): Promise<T>
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): void
  on(event: 'pageerror', listener: (error: Error) => void): void
  on(event: 'request', listener: (request: { url(): string }) => void): void
  close(): Promise<void>
}

interface Context {
  newPage(): Promise<Page>
  setOffline(offline: boolean): Promise<void>
  close(): Promise<void>
}

interface Playwright {
  readonly chromium: {
    launchPersistentContext(
      folder: string,
      options: { executablePath: string; args: string[]; viewport: { width: number; height: number } },
    ): Promise<Context>
  }
}

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path))
const playwright = optional<Playwright>('playwright-core')

export const canBrowse = chromium !== undefined && playwright !== undefined

export interface Browser {
  newPage(): Promise<Page>
  /** cuts all of its pages off from the network, or connects them again */
  setOffline(offline: boolean): Promise<void>
  close(): Promise<void>
}

/** A headless Chromium with a profile of its own, which ends with it. */
export async function launch(): Promise<Browser> {
  if (chromium === undefined || playwright === undefined) throw new Error('there is no browser here')
  const profile = mkdtempSync(join(tmpdir(), 'articles-chromium-'))
  const context = await playwright.chromium.launchPersistentContext(profile, {
    executablePath: chromium,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
    viewport: { width: 1280, height: 900 },
  })
  return {
    newPage: () => context.newPage(),
    setOffline: (offline) => context.setOffline(offline),
    close: async () => {
      await context.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}
