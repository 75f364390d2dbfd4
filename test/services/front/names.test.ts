// The names of the grid, and what they mean.

import { describe, expect, it } from 'vitest'
import { isAddress, isOwnDomain, namesOf } from '../../../src/services/front/names.ts'

const names = namesOf()

describe('a host', () => {
  it.each([
    ['tfchain.grid.tf', 'chain'],
    ['tfchain.dev.grid.tf', 'chain'],
    ['tfchain.02.dev.grid.tf', 'chain'],
    ['relay.qa.grid.tf', 'relay'],
    ['relay.02.grid.tf', 'relay'],
    ['gridproxy.test.grid.tf', 'gridproxy'],
    ['graphql.02.qa.grid.tf', 'graphql'],
    ['activation.dev.threefold.me', 'activation'],
    ['kyc.grid.threefold.me', 'kyc'],
    ['stats.emu.local', 'stats'],
    ['dashboard.grid.tf', 'dashboard'],
    ['hub.grid.tf', 'hub'],
    ['hub.threefold.me', 'hub'],
    ['hub.emu.local', 'hub'],
    ['raw.githubusercontent.com', 'terms'],
    ['KYC.Dev.Grid.TF', 'kyc'],
    ['kyc.dev.grid.tf.', 'kyc'],
    ['kyc.dev.grid.tf:443', 'kyc'],
    ['kyc.dev.grid.tf.:8443', 'kyc'],
    ['grid.tf', null],
    ['dev.grid.tf', null],
    ['kyc.prod.grid.tf', null],
    ['kyc.03.dev.grid.tf', null],
    ['x.kyc.dev.grid.tf', null],
    ['kyc.dev.grid.tf.evil.com', null],
    ['evilkyc.dev.grid.tf', null],
    ['kyc.dev.grid.tf..', null],
    ['hub.dev.grid.tf', null],
    ['githubusercontent.com', null],
    ['constructor', null],
    ['__proto__', null],
    ['', null],
  ])('%s is %s', (host, role) => {
    expect(names.roleOf(host)).toBe(role)
  })

  it.each([
    '127.0.0.1',
    '127.0.0.1:8443',
    '[::1]',
    '[::1]:443',
    '::1',
    'localhost',
    'LOCALHOST:1',
    '',
  ])('%s is an address', host => expect(isAddress(host)).toBe(true))

  it.each(['kyc.dev.grid.tf', 'example.com', '1.2.3', 'a:b', '127.0.0.1.evil.com'])(
    '%s is none',
    host => expect(isAddress(host)).toBe(false),
  )
})

describe('the list of names', () => {
  it('holds each name once, and every one means something', () => {
    expect(new Set(names.all).size).toBe(names.all.length)
    for (const name of names.all) expect(names.roleOf(name), name).not.toBeNull()
  })

  it('holds the services of every network, on both of its domains', () => {
    for (const network of ['dev.', 'qa.', 'test.', '']) {
      for (const label of [
        'tfchain',
        'relay',
        'gridproxy',
        'graphql',
        'activation',
        'kyc',
        'stats',
      ]) {
        expect(names.all).toContain(`${label}.${network}grid.tf`)
        expect(names.all).toContain(`${label}.${network || 'grid.'}threefold.me`)
      }
    }
  })

  it('follows the domain of the grid', () => {
    const own = namesOf('my-grid.test')
    expect(own.roleOf('relay.my-grid.test')).toBe('relay')
    expect(own.roleOf('relay.emu.local')).toBeNull()
    expect(own.roleOf('relay.dev.grid.tf')).toBe('relay')
  })
})

describe('a domain of a grid', () => {
  it.each(['emu.local', 'a.b.internal', 'x.test', 'one.localhost'])('may be %s', domain =>
    expect(isOwnDomain(domain)).toBe(true),
  )

  it.each([
    'local',
    'example.com',
    'grid.tf',
    'Emu.local',
    '-a.local',
    'a..local',
    '*.local',
    'emu.local.',
    '',
  ])('may not be %s', domain => expect(isOwnDomain(domain)).toBe(false))
})
