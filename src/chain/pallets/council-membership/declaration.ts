// CouncilMembership: what it keeps, tells and refuses.

import { boundedVec } from '../../../scale/containers.ts'
import { declarePallet, storageValue } from '../../runtime/declare.ts'
import { AccountId32 } from '../../types/primitives.ts'

/** Who sits in the council. */
export const councilMembership = declarePallet({
  index: 41,
  name: 'CouncilMembership',
  storage: {
    Members: storageValue(boundedVec(AccountId32, 100), { default: [] }),
    Prime: storageValue(AccountId32),
  },
  events: {
    MemberAdded: [],
    MemberRemoved: [],
    MembersSwapped: [],
    MembersReset: [],
    KeyChanged: [],
    Dummy: [],
  },
  errors: ['AlreadyMember', 'NotMember', 'TooManyMembers'],
  constants: {},
  paths: {
    calls: {
      path: ['pallet_membership', 'pallet', 'Call'],
      params: [
        { name: 'T', type: null },
        { name: 'I', type: null },
      ],
    },
    events: {
      path: ['pallet_membership', 'pallet', 'Event'],
      params: [
        { name: 'T', type: null },
        { name: 'I', type: null },
      ],
    },
    errors: {
      path: ['pallet_membership', 'pallet', 'Error'],
      params: [
        { name: 'T', type: null },
        { name: 'I', type: null },
      ],
    },
  },
})
