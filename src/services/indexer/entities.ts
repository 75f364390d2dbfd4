// The entities of the chain index, each declared once: row types, schema, filters and orders come from here.

/** A row's primary key inside this process; `idOf` of an index makes the public id from it. */
export type RowKey = string & { readonly __rowKey: true }

interface ScalarValues {
  Int: number
  BigInt: bigint
  BigDecimal: number
  String: string
  Boolean: boolean
}

export type ScalarName = keyof ScalarValues

/** The enums of the index (`threefoldtech/tfchain_graphql: schema.graphql`). */
export const enums = {
  FarmCertification: ['NotCertified', 'Gold'],
  NodeCertification: ['Diy', 'Certified'],
  ContractState: ['Created', 'Deleted', 'OutOfFunds', 'GracePeriod'],
  DiscountLevel: ['None', 'Default', 'Bronze', 'Silver', 'Gold'],
  PowerState: ['Up', 'Down'],
  Power: ['Up', 'Down'],
  ServiceContractState: ['Created', 'AgreementReady', 'ApprovedByBoth'],
} as const

export type EnumName = keyof typeof enums

/** What a field is; `isNullable` and `isIndexed` are of stored fields alone. */
interface FieldBase {
  readonly isNullable: boolean
  /** Rows are found by this field without looking at all of them. */
  readonly isIndexed: boolean
}

export interface ScalarField<S extends ScalarName = ScalarName> extends FieldBase {
  readonly kind: 'scalar'
  readonly scalar: S
}

export interface EnumField<E extends EnumName = EnumName> extends FieldBase {
  readonly kind: 'enum'
  readonly name: E
}

/** An object that is stored inside the row. */
export interface JsonField<J extends string = string> extends FieldBase {
  readonly kind: 'json'
  readonly object: J
}

/** A list of such objects. */
export interface JsonListField<J extends string = string> extends FieldBase {
  readonly kind: 'jsonList'
  readonly object: J
}

/** A foreign key: the row holds the other row's key. */
export interface RefField extends FieldBase {
  readonly kind: 'ref'
  readonly entity: string
}

/** The reverse side of a foreign key `via` of another entity; nothing of it is stored. */
interface DerivedField {
  readonly kind: 'derivedOne' | 'derivedMany'
  readonly entity: string
  readonly via: string
}

export type StoredField = ScalarField | EnumField | JsonField | JsonListField | RefField
export type Field = StoredField | DerivedField

const scalar = <S extends ScalarName>(
  name: S,
): ScalarField<S> & { readonly isNullable: false } => ({
  kind: 'scalar',
  scalar: name,
  isNullable: false,
  isIndexed: false,
})

const int = scalar('Int')
const big = scalar('BigInt')
const decimal = scalar('BigDecimal')
const text = scalar('String')
const bool = scalar('Boolean')

const enumOf = <E extends EnumName>(name: E): EnumField<E> & { readonly isNullable: false } => ({
  kind: 'enum',
  name,
  isNullable: false,
  isIndexed: false,
})

const json = <J extends string>(object: J): JsonField<J> & { readonly isNullable: false } => ({
  kind: 'json',
  object,
  isNullable: false,
  isIndexed: false,
})

const jsonList = <J extends string>(
  object: J,
): JsonListField<J> & { readonly isNullable: false } => ({
  kind: 'jsonList',
  object,
  isNullable: false,
  isIndexed: false,
})

const ref = (
  entity: string,
): RefField & { readonly isNullable: false; readonly isIndexed: true } => ({
  kind: 'ref',
  entity,
  isNullable: false,
  isIndexed: true,
})

const one = (entity: string, via: string) => ({ kind: 'derivedOne', entity, via }) as const
const many = (entity: string, via: string) => ({ kind: 'derivedMany', entity, via }) as const

const optional = <F extends StoredField>(
  field: F,
): Omit<F, 'isNullable'> & { readonly isNullable: true } => ({ ...field, isNullable: true })

const indexed = <F extends StoredField>(field: F): F & { readonly isIndexed: true } => ({
  ...field,
  isIndexed: true,
})

/** The objects that rows hold inside. */
export const jsonObjects = {
  NodePower: { state: enumOf('PowerState'), target: enumOf('Power') },
  Policy: { value: optional(int), unit: optional(text) },
  Provider: { who: text, take: int },
} as const

export type JsonName = keyof typeof jsonObjects

/** How the rows of an entity live: they are changed in place, or they are added and the oldest go. */
type Keeping = 'current' | 'history'

interface EntityDecl<F extends Readonly<Record<string, Field>>, K extends Keeping> {
  readonly keeping: K
  /** In the plural, as the list query is called. */
  readonly plural: string
  readonly fields: F
}

const current = <const F extends Readonly<Record<string, Field>>>(
  plural: string,
  fields: F,
): EntityDecl<F, 'current'> => ({ keeping: 'current', plural, fields })

const history = <const F extends Readonly<Record<string, Field>>>(
  plural: string,
  fields: F,
): EntityDecl<F, 'history'> => ({ keeping: 'history', plural, fields })

const resources = { hru: big, sru: big, cru: big, mru: big }

/** Every entity, in the order of the schema. All have an `id` beside these fields. */
export const entities = {
  Entity: current('entities', {
    gridVersion: int,
    entityID: int,
    name: text,
    country: optional(text),
    city: optional(text),
    accountID: text,
  }),
  Twin: current('twins', {
    gridVersion: int,
    twinID: indexed(int),
    accountID: indexed(text),
    relay: optional(text),
    publicKey: optional(text),
  }),
  EntityProof: current('entityProofs', {
    entityID: int,
    signature: text,
    twinRel: ref('Twin'),
  }),
  Farm: current('farms', {
    gridVersion: int,
    farmID: indexed(int),
    name: text,
    twinID: indexed(int),
    pricingPolicyID: int,
    certification: optional(enumOf('FarmCertification')),
    publicIPs: many('PublicIp', 'farm'),
    stellarAddress: optional(text),
    dedicatedFarm: optional(bool),
  }),
  PublicIp: current('publicIps', {
    farm: ref('Farm'),
    gateway: text,
    ip: indexed(text),
    contractId: indexed(big),
  }),
  Node: current('nodes', {
    gridVersion: int,
    nodeID: indexed(int),
    farmID: indexed(int),
    twinID: indexed(int),
    location: ref('Location'),
    country: optional(text),
    city: optional(text),
    publicConfig: one('PublicConfig', 'node'),
    resourcesTotal: one('NodeResourcesTotal', 'node'),
    uptime: optional(big),
    created: int,
    farmingPolicyId: int,
    interfaces: many('Interfaces', 'node'),
    certification: optional(enumOf('NodeCertification')),
    secure: optional(bool),
    virtualized: optional(bool),
    serialNumber: optional(text),
    createdAt: big,
    updatedAt: big,
    connectionPrice: optional(int),
    power: optional(json('NodePower')),
    dedicated: bool,
    extraFee: optional(big),
  }),
  NodeResourcesTotal: current('nodeResourcesTotals', { node: ref('Node'), ...resources }),
  Interfaces: current('interfaces', { node: ref('Node'), name: text, mac: text, ips: text }),
  PublicConfig: current('publicConfigs', {
    node: ref('Node'),
    ipv4: optional(text),
    ipv6: optional(text),
    gw4: optional(text),
    gw6: optional(text),
    domain: optional(text),
  }),
  Location: current('locations', { longitude: text, latitude: text }),
  PricingPolicy: current('pricingPolicies', {
    gridVersion: int,
    pricingPolicyID: indexed(int),
    name: text,
    su: json('Policy'),
    cu: json('Policy'),
    nu: json('Policy'),
    ipu: json('Policy'),
    foundationAccount: text,
    certifiedSalesAccount: text,
    dedicatedNodeDiscount: int,
  }),
  Country: current('countries', {
    countryID: int,
    code: text,
    name: text,
    region: text,
    subregion: text,
    lat: optional(text),
    long: optional(text),
  }),
  City: current('cities', { cityID: int, countryID: int, name: text }),
  NodeContract: current('nodeContracts', {
    gridVersion: int,
    contractID: indexed(big),
    twinID: indexed(int),
    nodeID: indexed(int),
    deploymentData: text,
    deploymentHash: text,
    numberOfPublicIPs: int,
    state: indexed(enumOf('ContractState')),
    resourcesUsed: optional(ref('ContractResources')),
    createdAt: big,
    solutionProviderID: optional(int),
  }),
  ContractResources: current('contractResources', { contract: ref('NodeContract'), ...resources }),
  NameContract: current('nameContracts', {
    gridVersion: int,
    contractID: indexed(big),
    twinID: indexed(int),
    name: text,
    state: indexed(enumOf('ContractState')),
    createdAt: big,
    solutionProviderID: optional(int),
  }),
  RentContract: current('rentContracts', {
    gridVersion: int,
    contractID: indexed(big),
    twinID: indexed(int),
    nodeID: indexed(int),
    state: indexed(enumOf('ContractState')),
    createdAt: big,
    solutionProviderID: optional(int),
  }),
  SolutionProvider: current('solutionProviders', {
    solutionProviderID: indexed(big),
    description: text,
    link: text,
    approved: bool,
    providers: optional(jsonList('Provider')),
  }),
  NruConsumption: history('nruConsumptions', {
    contractID: indexed(big),
    timestamp: big,
    window: optional(big),
    nru: optional(big),
  }),
  ContractBillReport: history('contractBillReports', {
    contractID: indexed(big),
    discountReceived: enumOf('DiscountLevel'),
    amountBilled: big,
    timestamp: big,
  }),
  FarmingPolicy: current('farmingPolicies', {
    gridVersion: int,
    farmingPolicyID: indexed(int),
    name: optional(text),
    cu: optional(int),
    su: optional(int),
    nu: optional(int),
    ipv4: optional(int),
    minimalUptime: optional(int),
    policyCreated: optional(int),
    policyEnd: optional(int),
    immutable: optional(bool),
    default: optional(bool),
    nodeCertification: optional(enumOf('NodeCertification')),
    farmCertification: optional(enumOf('FarmCertification')),
  }),
  UptimeEvent: history('uptimeEvents', { nodeID: indexed(int), uptime: big, timestamp: big }),
  MintTransaction: current('mintTransactions', { amount: big, target: text, block: int }),
  BurnTransaction: current('burnTransactions', { block: int, amount: big, target: text }),
  RefundTransaction: current('refundTransactions', {
    block: int,
    amount: big,
    target: text,
    txHash: text,
  }),
  ServiceContract: current('serviceContracts', {
    serviceContractID: indexed(big),
    serviceTwinID: indexed(int),
    consumerTwinID: indexed(int),
    baseFee: big,
    variableFee: big,
    metadata: text,
    acceptedByService: bool,
    acceptedByConsumer: bool,
    lastBill: big,
    state: enumOf('ServiceContractState'),
  }),
  ServiceContractBill: history('serviceContractBills', {
    serviceContractID: indexed(big),
    variableAmount: big,
    window: big,
    metadata: optional(text),
    amount: big,
  }),
  PowerTargetReport: history('powerTargetReports', {
    farmID: int,
    nodeID: indexed(int),
    newPowerTarget: enumOf('Power'),
    block: int,
    timestamp: big,
  }),
  PowerStateReport: history('powerStateReports', {
    farmID: int,
    nodeID: indexed(int),
    newPowerState: enumOf('PowerState'),
    block: int,
    timestamp: big,
  }),
  PriceStored: history('priceStoreds', { newPrice: decimal, block: int, timestamp: big }),
  AveragePriceStored: history('averagePriceStoreds', {
    newAveragePrice: decimal,
    block: int,
    timestamp: big,
  }),
} as const

type Entities = typeof entities
export type EntityName = keyof Entities

/** Entities whose rows are changed and removed. */
export type CurrentName = {
  [E in EntityName]: Entities[E]['keeping'] extends 'current' ? E : never
}[EntityName]

/** Entities whose rows are only added; the oldest go. */
export type HistoryName = Exclude<EntityName, CurrentName>

type ValueOf<F> = F extends { kind: 'scalar'; scalar: infer S extends ScalarName }
  ? ScalarValues[S]
  : F extends { kind: 'enum'; name: infer N extends EnumName }
    ? (typeof enums)[N][number]
    : F extends { kind: 'json'; object: infer J extends JsonName }
      ? JsonValue<J>
      : F extends { kind: 'jsonList'; object: infer J extends JsonName }
        ? readonly JsonValue<J>[]
        : F extends { kind: 'ref' }
          ? RowKey
          : never

type OrNull<F> = F extends { isNullable: true } ? ValueOf<F> | null : ValueOf<F>

/** An object inside a row, `JsonValue<'NodePower'>`. */
export type JsonValue<J extends JsonName> = {
  readonly [F in keyof (typeof jsonObjects)[J]]: OrNull<(typeof jsonObjects)[J][F]>
}

/** The fields of an entity that its rows hold. */
type StoredName<E extends EntityName> = {
  [F in keyof Entities[E]['fields']]: Entities[E]['fields'][F] extends StoredField ? F : never
}[keyof Entities[E]['fields']]

/** The columns of an entity, `Columns<'Node'>`; foreign keys hold the other row's key. */
export type Columns<E extends EntityName> = {
  readonly [F in StoredName<E>]: OrNull<Entities[E]['fields'][F]>
}

/** A row of an entity, `Row<'Node'>`: frozen data. */
export type Row<E extends EntityName> = { readonly key: RowKey } & Columns<E>

/** The fields by which rows are found directly. */
export type LookupName<E extends EntityName> = {
  [F in keyof Entities[E]['fields']]: Entities[E]['fields'][F] extends { isIndexed: true }
    ? F
    : never
}[keyof Entities[E]['fields']]

/** The names of all entities, in the order of the schema. */
export const entityNames = Object.keys(entities) as readonly EntityName[]

/** The declared fields of an entity, whatever it is. */
export function fieldsOf(entity: EntityName): Readonly<Record<string, Field>> {
  return entities[entity].fields
}

/** Whether rows of an entity are only added. */
export function isHistory(entity: EntityName): entity is HistoryName {
  return entities[entity].keeping === 'history'
}
