import { beforeEach, expect } from 'vitest'
import type { Locator, Page } from './browser.js'
import { becomes, fields, heldTag, inBrowser, press, requests, twoEditors } from './two-editors.js'

const { describe, it } = inBrowser

describe('two editors of one article', () => {
  const { opened, send, collide } = twoEditors()
  let page: Page
  let ada: Locator
  let ben: Locator
  beforeEach(() => {
    ;({ page, ada, ben } = opened())
  })

  it('lets both read, edit and save; the second sees three versions, merges, and saves', async () => {
    const first = await heldTag(ada)
    expect(await heldTag(ben)).toBe(first)
    await collide(['Title', 'Opening hours'], ['Text', 'Ten to five.'])

    const versions = await ben.locator('.version').allInnerTexts()
    expect(versions.map((text) => text.split('\n').filter((line) => line !== ''))).toEqual([
      ['Base version 1, what you started from', 'Title', 'Hours', 'Text', 'Nine to five.'],
      ['Yours not saved', 'Title, not changed', 'Hours', 'Text', 'NineTen to five.'],
      [
        'Theirs version 2, saved meanwhile',
        'Title',
        'HoursOpening hours',
        'Text, not changed',
        'Nine to five.',
      ],
    ])
    expect(await ben.locator('.version del').allInnerTexts()).toEqual(['Nine', 'Hours'])
    expect(await ben.locator('.version ins').allInnerTexts()).toEqual(['Ten', 'Opening hours'])

    await press(ben, 'Merge')
    await becomes(ben, 'Unsaved changes')
    expect(await fields(ben)).toEqual(['Opening hours', 'Ten to five.'])
    expect(await heldTag(ben)).toBe('"2"')
    await press(ben, 'Save')
    await becomes(ben, 'Saved')

    expect(await requests(page)).toEqual([
      ['Ben', 'PUT', 'If-Match: "2"', '200 OK', '"3"'],
      ['Ben', 'PUT', `If-Match: ${first}`, '409 Conflict', '–'],
      ['Ada', 'PUT', `If-Match: ${first}`, '200 OK', '"2"'],
    ])
  })

  it('offers a choice where both changed the same field: yours, theirs, or a text by hand', async () => {
    await collide(['Text', 'Eight to five.'], ['Text', 'Nine to six.'])
    await press(ben, 'Merge')
    const result = ben.getByLabel('Text, as it will be')
    expect(await result.inputValue()).toBe('Nine to six.')
    await ben.getByLabel('Theirs', { exact: true }).check()
    expect(await result.inputValue()).toBe('Eight to five.')
    await press(ben, 'Back')
    expect(await ben.getByRole('button', { name: 'Overwrite' }).isVisible()).toBe(true)
    await press(ben, 'Merge')
    await result.fill('Eight to six.')
    expect(await ben.locator('input[type=radio]:checked[value=own]').count()).toBe(1)
    await press(ben, 'Use this')
    expect(await fields(ben)).toEqual(['Hours', 'Eight to six.'])
    await press(ben, 'Save')
    await becomes(ben, 'Saved')

    await press(ada, 'Reload')
    await ada.getByText('You have the newest version.').waitFor()
    expect(await fields(ada)).toEqual(['Hours', 'Eight to six.'])
  })

  it('takes theirs on Reload', async () => {
    await collide(['Title', 'By Ada'], ['Title', 'By Ben'])
    await press(ben, 'Reload')
    await becomes(ben, 'Saved')
    expect(await fields(ben)).toEqual(['By Ada', 'Nine to five.'])
    expect((await requests(page)).map(([who, method]) => `${who} ${method}`)).toEqual(['Ben PUT', 'Ada PUT'])
  })

  it('overwrites with the new tag, and is refused again where a third save came first', async () => {
    await collide(['Title', 'By Ada'], ['Title', 'By Ben'])
    await ada.getByLabel('Title').fill('By Ada again')
    await press(ada, 'Save')
    await becomes(ada, 'Saved')
    await press(ben, 'Overwrite')
    await ben.getByText('version 3, saved meanwhile').waitFor()
    await press(ben, 'Overwrite')
    await ben.getByText('Saved in place of theirs.').waitFor()
    expect(await fields(ben)).toEqual(['By Ben', 'Nine to five.'])
    expect((await requests(page)).slice(0, 3)).toEqual([
      ['Ben', 'PUT', 'If-Match: "3"', '200 OK', '"4"'],
      ['Ben', 'PUT', 'If-Match: "2"', '409 Conflict', '–'],
      ['Ada', 'PUT', 'If-Match: "2"', '200 OK', '"3"'],
    ])
  })

  it('keeps unsaved changes on Reload: nothing new is a 304, something new shows the three versions', async () => {
    await ada.getByLabel('Title').fill('Mine')
    await press(ada, 'Reload')
    await ada
      .getByText('Nobody has saved since you read it. Your changes are still here, not saved.')
      .waitFor()
    expect((await requests(page))[0]).toEqual([
      'Ada',
      'GET',
      `If-None-Match: ${await heldTag(ada)}`,
      '304 Not changed',
      await heldTag(ada),
    ])
    await ben.getByLabel('Text').fill('By Ben')
    await press(ben, 'Save')
    await becomes(ben, 'Saved')
    await press(ada, 'Reload')
    await becomes(ada, 'Out of date')
    await press(ada, 'Merge')
    expect(await fields(ada)).toEqual(['Mine', 'By Ben'])
  })

  it('says so where both did the same, where there is nothing to save, and where the article is gone', async () => {
    await press(ada, 'Save')
    await ada.getByText('There is nothing to save: you have changed nothing.').waitFor()
    await ada.getByLabel('Title').fill('Same')
    await ben.getByLabel('Title').fill('Same')
    await press(ada, 'Save')
    await becomes(ada, 'Saved')
    await press(ben, 'Save')
    await ben.getByText('Somebody saved the very same already. You have it now.').waitFor()

    const { path } = opened()
    expect((await send('DELETE', path, undefined, { 'If-Match': await heldTag(ben) })).status).toBe(204)
    await ben.getByLabel('Title').fill('Too late')
    await press(ben, 'Save')
    await becomes(ben, 'Not there')
    expect(await ben.getByRole('status').innerText()).toContain('This article was deleted.')
    expect(await fields(ben)).toEqual(['Too late', 'Nine to five.'])
  })
})
