// Which relay a relay string names, and where that one takes messages.

import { describe, expect, it } from 'vitest'
import { federationAt } from '../../src/rmb/relay/homes.ts'

describe('a relay that was given no domains', () => {
  const { isHome, urlOf } = federationAt({ hosts: ['10.0.0.5', 'grid.local'], port: 8080 })

  it.each([
    'localhost',
    'relay.grid.tf',
    '127.0.0.1',
    'localhost:8080',
    '127.0.0.1:8080',
    'ws:/localhost:8080',
    'ws:/localhost:8080/relay',
    'ws:/[::1]:8080/relay',
    '10.0.0.5:8080',
    'ws:/grid.local:8080/relay',
    'h:8443p',
    '',
  ])('is meant by %j', domain => expect(isHome(domain)).toBe(true))

  it.each([
    ['ws:/localhost:8081/relay', 'http://localhost:8081/relay/'],
    ['ws:/10.0.0.6:8080/relay', 'http://10.0.0.6:8080/relay/'],
    ['ws:/other.local/relay', 'http://other.local/relay/'],
    ['ws:/[fd00::1]:80', 'http://[fd00::1]:80/'],
    ['localhost:8081', 'http://localhost:8081/'],
    ['10.0.0.6:9000', 'http://10.0.0.6:9000/'],
    ['relay.other.tf:8443', 'https://relay.other.tf:8443/'],
  ])('is not meant by %j, which is at %s', (domain, url) => {
    expect(isHome(domain)).toBe(false)
    expect(urlOf!(domain)).toBe(url)
  })
})

describe('a relay with domains', () => {
  const domains = ['a.test', 'b.test']
  const { isHome, urlOf } = federationAt({ hosts: [], port: 8080, domains, scheme: 'http' })

  it('is meant by those, and by its own address', () => {
    expect(['a.test', 'b.test', 'ws:/localhost:8080/relay'].filter(isHome)).toHaveLength(3)
  })

  it('is meant by nothing else, and asks others as it was told', () => {
    expect(['c.test', 'localhost', 'a.test:8081', ''].filter(isHome)).toEqual([])
    expect(urlOf!('c.test')).toBe('http://c.test/')
  })
})
