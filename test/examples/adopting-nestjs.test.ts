import 'reflect-metadata'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Logger } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { Report } from 'express-if-match/observe'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { AdoptingModule, CONFLICTS } from '../../examples/adopting/nestjs.js'
import { sending } from '../support/api.js'
import { walk } from './adopting-cases.js'

Logger.overrideLogger(false)

async function open(step: string) {
  vi.stubEnv('IF_MATCH', step)
  const app = await NestFactory.create(AdoptingModule)
  await app.listen(0, '127.0.0.1')
  vi.unstubAllEnvs()
  onTestFinished(() => app.close())
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo
  return { send: sending({ port } as never), conflicts: app.get<Report>(CONFLICTS).data }
}

describe('NestJS, adopting', () => {
  walk({
    open,
    path: '/articles/1',
    headers: { 'X-Role': 'editor', Authorization: 'Bearer ada' },
    methods: ['PUT'],
    body: { title: 'Hours', text: 'From ten.' },
    route: '/articles/:id',
  })

  it('serves the report to an administrator', async () => {
    const { send } = await open('observe')
    const read = (role: string) => send('GET', '/admin/conflicts', { headers: { 'X-Role': role } })
    expect([(await read('editor')).status, (await read('admin')).status]).toEqual([403, 200])
  })

  it('starts with no step that it does not know', async () => {
    vi.stubEnv('IF_MATCH', 'enforce')
    const app = await NestFactory.create(AdoptingModule)
    const said = await app.init().then(String, String)
    expect(said).toContain('observe, offer, require')
    await app.close().catch(() => undefined)
    vi.unstubAllEnvs()
  })
})
