// The local certificate authority: its files, its certificates, and what independent verifiers say of them.

import { execFileSync, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultAuthorityDir, openAuthority } from '../../../src/services/front/authority.ts'
import { Certificates } from '../../../src/services/front/certificates.ts'
import { isPermittedAddress } from '../../../src/services/front/constraints.ts'
import { addressBytes } from '../../../src/services/front/x509.ts'
import { run, scratch } from './support.ts'

let folder: ReturnType<typeof scratch>
beforeEach(() => {
  folder = scratch()
})
afterEach(() => folder.remove())

const dayMs = 86_400_000
const missingOpenssl = spawnSync('openssl', ['version']).status === 0 ? null : 'no openssl here'

describe('the authority', () => {
  it('is made once, and its key is for its owner alone', () => {
    const dir = join(folder.dir, 'deep', 'er', 'ca')
    const first = openAuthority(dir)
    expect(openAuthority(dir)).toEqual(first)
    expect(statSync(join(dir, 'ca-key.pem')).mode & 0o777).toBe(0o600)
    expect(readdirSync(join(folder.dir, 'deep', 'er'))).toEqual(['ca'])
    const parsed = new X509Certificate(first.certificate)
    expect([parsed.ca, parsed.subject === parsed.issuer, parsed.verify(parsed.publicKey)]).toEqual([
      true,
      true,
      true,
    ])
  })

  it('is one and the same for processes that start at once', async () => {
    const dir = join(folder.dir, 'ca')
    const file = fileURLToPath(new URL('../../../src/services/front/authority.ts', import.meta.url))
    const bundle = join(folder.dir, 'authority.mjs')
    execFileSync(fileURLToPath(new URL('../../../node_modules/.bin/esbuild', import.meta.url)), [
      file,
      '--bundle',
      '--platform=node',
      '--format=esm',
      `--outfile=${bundle}`,
      '--log-level=error',
    ])
    // All wait for the same moment.
    const at = Date.now() + 400
    const text = `import { openAuthority } from ${JSON.stringify(bundle)}
      while (Date.now() < ${at}) {}
      process.stdout.write(openAuthority(${JSON.stringify(dir)}).key)`
    const ends = await Promise.all(
      Array.from({ length: 6 }, () => run(process.execPath, ['--input-type=module', '-e', text])),
    )
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0])
    expect(new Set(ends.map(({ stdout }) => stdout))).toEqual(
      new Set([readFileSync(join(dir, 'ca-key.pem'), 'utf8')]),
    )
    expect(readdirSync(folder.dir).sort()).toEqual(['authority.mjs', 'ca'])
  })

  it('is replaced before it runs out, and the old one is put aside', () => {
    const dir = join(folder.dir, 'ca')
    const old = openAuthority(dir, Date.now() - 3640 * dayMs)
    const next = openAuthority(dir)
    expect(next.key).not.toBe(old.key)
    expect(readdirSync(folder.dir).length).toBe(2)
    expect(openAuthority(dir)).toEqual(next)
  })

  it.each([
    ['a file in the place of the folder', (dir: string) => writeFileSync(dir, 'x')],
    [
      'a folder of something else',
      (dir: string) => {
        mkdirSync(dir)
        writeFileSync(join(dir, 'a'), 'x')
      },
    ],
    [
      'a key without its certificate',
      (dir: string) => {
        openAuthority(dir)
        rmSync(join(dir, 'ca.pem'))
      },
    ],
    [
      'a certificate that is none',
      (dir: string) => {
        openAuthority(dir)
        writeFileSync(join(dir, 'ca.pem'), 'x')
      },
    ],
    [
      'the key of another one',
      (dir: string) => {
        openAuthority(dir)
        writeFileSync(join(dir, 'ca-key.pem'), openAuthority(join(folder.dir, 'other')).key)
      },
    ],
  ])('is not made from %s', (_, spoil) => {
    const dir = join(folder.dir, 'ca')
    spoil(dir)
    const before = existsSync(join(dir, 'ca-key.pem'))
      ? readFileSync(join(dir, 'ca-key.pem'), 'utf8')
      : ''
    expect(() => openAuthority(dir)).toThrow(expect.objectContaining({ code: 'GRID_CA_BROKEN' }))
    if (before !== '') expect(readFileSync(join(dir, 'ca-key.pem'), 'utf8')).toBe(before)
    expect(readdirSync(folder.dir).filter(name => name.includes('.new-'))).toEqual([])
  })

  it('lies in the folder that the user has for data', () => {
    const { dir } = folder
    expect(defaultAuthorityDir({ XDG_DATA_HOME: dir })).toBe(`${dir}/pocketgrid/ca`)
    expect(defaultAuthorityDir({ XDG_DATA_HOME: 'relative', HOME: dir })).toBe(
      `${dir}/.local/share/pocketgrid/ca`,
    )
  })

  it('lies among the temporary files where the user has no folder for data', () => {
    const file = join(folder.dir, 'file')
    writeFileSync(file, 'x')
    expect(defaultAuthorityDir({ XDG_DATA_HOME: file })).toMatch(/\/pocketgrid-(?:\d+|user)\/ca$/)
  })
})

describe('its certificates', () => {
  it('are kept, made anew before they run out, and not kept without end', () => {
    let now = Date.now()
    const certificates = new Certificates(openAuthority(join(folder.dir, 'ca')), () => now)
    const first = certificates.contextOf(['kyc.grid.tf'])
    expect(certificates.contextOf(['kyc.grid.tf'])).toBe(first)
    now += 396 * dayMs + 1
    expect(certificates.contextOf(['kyc.grid.tf'])).not.toBe(first)
    for (let i = 0; i < 300; i += 1) certificates.contextOf([`a${i}.grid.tf`])
    expect(certificates.size).toBe(256)
  })

  it.skipIf(missingOpenssl)(
    'are taken by OpenSSL for the names that the authority may speak for, and for no other',
    () => {
      const authority = openAuthority(join(folder.dir, 'ca'))
      const certificates = new Certificates(authority)
      const verify = (name: string): string => {
        const path = join(folder.dir, 'leaf.pem')
        writeFileSync(path, certificates.pairOf([name]).cert)
        const kind = addressBytes(name) ? '-verify_ip' : '-verify_hostname'
        const args = [
          'verify',
          '-x509_strict',
          '-purpose',
          'sslserver',
          '-CAfile',
          authority.certificatePath,
        ]
        const { stdout, stderr } = spawnSync('openssl', [...args, kind, name, path], {
          encoding: 'utf8',
        })
        return `${stdout}${stderr}`
      }
      for (const good of [
        'kyc.dev.grid.tf',
        'relay.emu.local',
        'raw.githubusercontent.com',
        'localhost',
        '127.0.0.1',
        '::1',
        '10.1.2.3',
      ]) {
        expect(verify(good), good).toMatch(/leaf\.pem: OK/)
      }
      for (const bad of [
        'example.com',
        'github.com',
        'githubusercontent.com',
        'mygrid.tf',
        '8.8.8.8',
        '2001:4860::8888',
      ]) {
        expect(verify(bad), bad).toMatch(/permitted subtree violation/)
      }
    },
  )

  it('tell addresses that the authority may speak for', () => {
    for (const address of [
      '127.0.0.1',
      '10.0.0.1',
      '172.31.0.1',
      '192.168.9.9',
      '::1',
      'fd00::1',
      'fe80::1',
    ]) {
      expect(isPermittedAddress(address), address).toBe(true)
    }
    for (const address of ['8.8.8.8', '172.32.0.1', '::2', '2a10::1', 'x', '']) {
      expect(isPermittedAddress(address), address).toBe(false)
    }
  })

  it.each([
    ['1.2.3.4', [1, 2, 3, 4]],
    ['::1', [...Array(15).fill(0), 1]],
    ['fe80::', [0xfe, 0x80, ...Array(14).fill(0)]],
    ['2001:db8::a:b', [0x20, 1, 0xd, 0xb8, ...Array(8).fill(0), 0, 10, 0, 11]],
    ['::ffff:1.2.3.4', [...Array(10).fill(0), 255, 255, 1, 2, 3, 4]],
    ['host', null],
  ])('write the address %s as bytes', (text, bytes) => {
    expect(addressBytes(text)).toEqual(bytes)
  })
})
