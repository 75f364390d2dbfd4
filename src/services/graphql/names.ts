// How entities are called in the schema.

import { type EntityName, entities } from '../indexer/entities.ts'

/** `PublicIp` as `publicIp`. */
export function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

/** The connection type of an entity, from its plural: `PublicIpsConnection`. */
export function connectionName(entity: EntityName): string {
  const { plural } = entities[entity]
  return `${plural.charAt(0).toUpperCase()}${plural.slice(1)}Connection`
}
