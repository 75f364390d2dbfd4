// Makes X.509 certificates of the two kinds that the front needs: an authority's, and a server's (RFC 5280).

import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'
import {
  bits,
  boolean,
  integer,
  objectId,
  octets,
  sequence,
  set,
  smallInteger,
  tagged,
  time,
  utf8,
  wrapped,
} from './der.ts'

/** For which names and addresses certificates of an authority count. */
export interface NameConstraints {
  /** Domains, each with all that is below it. */
  readonly domains: readonly string[]
  /** Networks: address bytes, then mask bytes. */
  readonly networks: readonly (readonly number[])[]
}

/** What a certificate says. */
export interface CertificateContent {
  /** Common names: whose it is, and who says so. */
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  /** The issuer's public key. */
  readonly issuerKey: KeyObject
  /** In ms since the Unix epoch. */
  readonly notBefore: number
  readonly notAfter: number
  readonly use:
    | { readonly type: 'authority'; readonly constraints: NameConstraints }
    /** DNS names and IP addresses. */
    | { readonly type: 'server'; readonly names: readonly string[] }
}

const ids = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  alternativeNames: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const

const algorithm = sequence(objectId(ids.ecdsaWithSha256))

/** The certificate as PEM, signed by the issuer's P-256 key. */
export function makeCertificate(content: CertificateContent, signingKey: KeyObject): string {
  const body = sequence(
    wrapped(0, smallInteger(2)),
    integer(serialNumber()),
    algorithm,
    nameOf(content.issuer),
    sequence(time(content.notBefore), time(content.notAfter)),
    nameOf(content.subject),
    spkiOf(content.publicKey),
    wrapped(3, sequence(...extensionsOf(content))),
  )
  const certificate = sequence(body, algorithm, bits(sign('sha256', body, signingKey)))
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

function extensionsOf({ publicKey, issuerKey, use }: CertificateContent): Buffer[] {
  const keyIds = [
    extension(ids.subjectKeyId, octets(keyIdOf(publicKey))),
    extension(ids.authorityKeyId, sequence(tagged(0, keyIdOf(issuerKey)))),
  ]
  switch (use.type) {
    case 'authority':
      return [
        // It may sign servers' certificates, and no other authority's.
        critical(ids.basicConstraints, sequence(boolean(true), smallInteger(0))),
        // keyCertSign and cRLSign: bits 5 and 6.
        critical(ids.keyUsage, bits(Buffer.from([0b0000_0110]), 1)),
        critical(ids.nameConstraints, constraintsOf(use.constraints)),
        ...keyIds,
      ]
    case 'server':
      return [
        critical(ids.basicConstraints, sequence()),
        // digitalSignature: bit 0.
        critical(ids.keyUsage, bits(Buffer.from([0b1000_0000]), 7)),
        extension(ids.extendedKeyUsage, sequence(objectId(ids.serverAuth))),
        extension(ids.alternativeNames, sequence(...use.names.map(alternativeName))),
        ...keyIds,
      ]
  }
}

/** General names of constraints and alternatives: a domain has tag 2, an address tag 7. */
const domainTag = 2
const addressTag = 7

function constraintsOf({ domains, networks }: NameConstraints): Buffer {
  const permitted = [
    ...domains.map(domain => tagged(domainTag, Buffer.from(domain, 'latin1'))),
    ...networks.map(network => tagged(addressTag, Buffer.from(network))),
  ]
  return sequence(wrapped(0, ...permitted.map(base => sequence(base))))
}

function alternativeName(name: string): Buffer {
  const address = addressBytes(name)
  return address
    ? tagged(addressTag, Buffer.from(address))
    : tagged(domainTag, Buffer.from(name, 'latin1'))
}

/** The bytes of an IP address; null when the text is none. */
export function addressBytes(text: string): number[] | null {
  if (isIPv4(text)) return text.split('.').map(Number)
  if (!isIPv6(text)) return null
  const plain = text.replace(/%.*$/, '').replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, mixed)
  const [left = '', right] = plain.split('::') as [string, string | undefined]
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const [before, after] = [groups(left), groups(right ?? '')]
  const zeros = Array<string>(8 - before.length - after.length).fill('0')
  return [...before, ...zeros, ...after].flatMap(group => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}

function mixed(_all: string, ...parts: string[]): string {
  const [a, b, c, d] = parts.map(Number) as [number, number, number, number]
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), octets(value))
}

function critical(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), boolean(true), octets(value))
}

/** A distinguished name of one common name. */
function nameOf(commonName: string): Buffer {
  return sequence(set(sequence(objectId(ids.commonName), utf8(commonName))))
}

function spkiOf(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' })
}

function keyIdOf(key: KeyObject): Buffer {
  return createHash('sha1').update(spkiOf(key)).digest()
}

/** 16 random bytes: positive, and without a zero in front. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0]! & 0x3f) | 0x40
  return bytes
}
