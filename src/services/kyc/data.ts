// The personal data of a verification: which fields there are, and which the provider tells
// (`threefoldtech/tf-kyc-verifier: internal/responses/responses.go`, `internal/models/verification.go`).

import type { KycRecord } from './table.ts'

/** Fields that are text, in the order in which they are answered, up to the risk level. */
const textFields = [
  'docFirstName',
  'docLastName',
  'docNumber',
  'docPersonalCode',
  'docExpiry',
  'docDob',
  'docDateOfIssue',
  'docType',
  'docSex',
  'docNationality',
  'docIssuingCountry',
  'docTemporaryAddress',
  'docBirthName',
  'birthPlace',
  'authority',
  'address',
  'mothersMaidenName',
  'driverLicenseCategory',
  'fullName',
  'orgFirstName',
  'orgLastName',
  'orgNationality',
  'orgBirthPlace',
  'orgAuthority',
  'orgAddress',
  'orgTemporaryAddress',
  'orgMothersMaidenName',
  'orgBirthName',
  'selectedCountry',
  'ageEstimate',
  'clientIpProxyRiskLevel',
] as const

/** Longest text that is kept of a field. */
const keptCharacters = 256

/** The data as `/data` answers it. */
export function personalData(record: KycRecord, clientId: string): Record<string, unknown> {
  const texts = Object.fromEntries(textFields.map(name => [name, record.data[name] ?? '']))
  return {
    ...texts,
    manuallyDataChanged: null,
    duplicateFaces: [],
    duplicateDocFaces: [],
    addressVerification: null,
    additionalData: null,
    idenfyRef: record.idenfyRef,
    clientId,
  }
}

/** What is kept of the data that a provider sends. */
export function keptData(data: unknown): Readonly<Record<string, string>> {
  if (typeof data !== 'object' || data === null) return {}
  const given = data as Readonly<Record<string, unknown>>
  const kept = textFields.flatMap(name => {
    const value = given[name]
    return typeof value === 'string' ? [[name, value.slice(0, keptCharacters)] as const] : []
  })
  return Object.freeze(Object.fromEntries(kept))
}
