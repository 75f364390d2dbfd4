// What the metadata say about TfgridModule.

import type { DocsOf } from '../../runtime/docs.ts'
import type { calls } from './calls.ts'
import type { tfgrid } from './declaration.ts'

/** Documentation of TfgridModule. */
export const docs: DocsOf<typeof tfgrid, typeof calls> = {
  pallet: 'Who and what the grid is made of: twins, farms, nodes, and the policies for them.',
  calls: {
    set_storage_version:
      'Says in which form this pallet keeps its storage. For Root or 3/5 of the council.',
    create_farm: [
      'Makes a farm of the twin of the signer, with public IPv4 addresses and their gateways.',
      'A name has 3 to 40 letters, digits, `-` or `_`, and is given once.',
    ],
    update_farm: 'Gives a farm another name. For its owner.',
    add_stellar_payout_v2address: [
      'Sets the Stellar address that gets the rewards of a farm. For its owner.',
      'The address is not checked.',
    ],
    set_farm_certification: [
      'Certifies a farm as Gold, or takes that back. For Root or 3/5 of the council.',
      'Its nodes keep their farming policies.',
    ],
    add_farm_ip: 'Adds a public IPv4 address, as CIDR, and its gateway to a farm. For its owner.',
    remove_farm_ip: 'Removes a public address that no contract has from a farm. For its owner.',
    create_node: [
      'Registers a node in a farm, by the account of the node itself. A twin has one node.',
      'Resources are in bytes, and in cores for `cru`. The farming policy is chosen here.',
    ],
    update_node: [
      'Tells what a node has and is now, or moves it to another farm. Free. For the node itself.',
      'A certified node whose resources changed by more than 1 % becomes a Diy one.',
    ],
    set_node_certification: [
      'Certifies a node, or takes that back. For Root, 3/5 of the council, or a node certifier.',
      'If its farming policy is a default one, it is chosen anew.',
    ],
    report_uptime: 'Tells for how many seconds a node has been up. Free. For the node itself.',
    add_node_public_config: [
      'Sets or clears the public addresses and the domain of a node. For the owner of its farm.',
      'Addresses are in CIDR form, each with its gateway.',
    ],
    delete_node: [
      'Removes a node, by the account of the node itself. Its contracts are billed and cancelled.',
      'The twin cannot register a node again.',
    ],
    create_entity: [
      'Registers a person or company, who signed name, country and city. For any signer.',
      'The signature is given as 128 hex digits; ed25519 and sr25519 keys can give it.',
    ],
    update_entity:
      'Changes name, country and city of the entity of the signer. The name has to be a new one.',
    delete_entity: 'Removes the entity of the signer. What it has signed for twins stays.',
    create_twin: [
      'Makes a twin for the signer, who has to have accepted the terms and conditions.',
      '`relay` is where the twin is reached, `pk` the key for messages to it.',
    ],
    update_twin: 'Sets or clears relay and key of the twin of the signer.',
    add_twin_entity: [
      'Attaches an entity to a twin. For the owner of the twin.',
      'The entity signs both ids, as four bytes each, the higher ones first.',
    ],
    delete_twin_entity: 'Detaches an entity from a twin. For the owner of the twin.',
    create_pricing_policy: [
      'Makes a pricing policy. For Root or 3/5 of the council.',
      'Prices are in 0.000 000 1 USD an hour, for so much of a resource as `unit` says.',
      '`discount_for_dedication_nodes` is what is paid for a rented node, in per cent.',
    ],
    update_pricing_policy: [
      'Replaces everything in a pricing policy but its id. For Root or 3/5 of the council.',
      'The next policy to be made gets the id after this one.',
    ],
    create_farming_policy: [
      'Makes a farming policy. For Root or 3/5 of the council.',
      'Rewards are in thousandths of a USD. `policy_end` is in blocks from now on, 0 for no end.',
    ],
    user_accept_tc: [
      'Accepts terms and conditions, by the link to the document and its hash. For any signer.',
      'No event tells of it.',
    ],
    delete_node_farm: [
      'Removes a node from a farm. Its contracts are billed and cancelled. For the owner of the farm.',
      'The twin can register a node again.',
    ],
    set_farm_dedicated: [
      'Lets the nodes of a farm be used only as a whole, or takes that back.',
      'For Root or 3/5 of the council.',
    ],
    force_reset_farm_ip: [
      'Frees a public address of a farm, whichever contract has it. For Root or 3/5 of the council.',
      'The contract is not changed.',
    ],
    set_connection_price:
      'Sets the connection price that new nodes get. For Root or 3/5 of the council.',
    add_node_certifier: 'Lets an account certify nodes. For Root or 3/5 of the council.',
    remove_node_certifier: 'Lets an account certify nodes no more. For Root or 3/5 of the council.',
    update_farming_policy: [
      'Changes a farming policy, also an immutable one. For Root or 3/5 of the council.',
      'Units are those of create_farming_policy.',
    ],
    attach_policy_to_farm: [
      'Gives a farm a farming policy of its own, within limits. For Root or 3/5 of the council.',
      'Its nodes with a default policy get it until the limits are used up. Nothing detaches one.',
    ],
    set_zos_version: [
      'Says which version of ZOS nodes are to run. For Root or 3/5 of the council.',
      'It has to differ from the present one.',
    ],
    change_power_state: 'Tells that a node is up, or is going down. Free. For the node itself.',
    change_power_target: [
      'Wants a node to be up or down. For the owner of its farm.',
      'A node with active contracts, or one that is rented, cannot be wanted down.',
    ],
    bond_twin_account: [
      'Ties the signer to a twin: what the account holds counts for the discount of the twin.',
      'For any account but that of the twin. The last one that does so counts.',
    ],
    report_uptime_v2: [
      'Tells for how many seconds a node has been up, and what time it is there. For the node itself.',
      'The time, in seconds since 1970, may differ from that of the block by 60 s. Free.',
    ],
  },
  storage: {
    Farms: 'A farm by its id.',
    NodesByFarmID: 'The ids of the nodes of a farm, in the order in which they came to it.',
    FarmIdByName: 'The id of the farm with this name.',
    FarmPayoutV2AddressByFarmID: 'The Stellar address that gets the rewards of a farm.',
    Nodes: 'A node by its id.',
    NodeIdByTwinID: 'The id of the node whose twin this is.',
    Entities: 'An entity by its id.',
    EntityIdByAccountID: 'The id of the entity of an account.',
    EntityIdByName: 'The id of the entity with this name.',
    Twins: 'A twin by its id.',
    TwinIdByAccountID: 'The id of the twin of an account.',
    TwinBoundedAccountID: 'The account that is tied to a twin: what it holds counts for discounts.',
    PricingPolicies: 'A pricing policy by its id. All contracts are billed by that with id 1.',
    PricingPolicyIdByName: 'The id of the pricing policy with this name.',
    FarmingPoliciesMap: 'A farming policy by its id.',
    UsersTermsAndConditions: 'The terms and conditions that an account has accepted, oldest first.',
    AllowedNodeCertifiers: 'The accounts that may certify nodes, sorted by their bytes.',
    ConnectionPrice: 'The connection price that new nodes get.',
    FarmID: 'The id that was last given to a farm. The first one is 1.',
    NodeID: 'The id that was last given to a node. The first one is 1.',
    EntityID: 'The id that was last given to an entity. The first one is 1.',
    TwinID: 'The id that was last given to a twin. The first one is 1.',
    PricingPolicyID: 'The id of the pricing policy that was made or changed last.',
    FarmingPolicyID: 'The id that was last given to a farming policy. The first one is 1.',
    PalletVersion: 'The form in which this pallet keeps its storage.',
    ZosVersion: 'The version of ZOS that nodes are to run, as JSON or as plain text.',
    NodePower:
      'Whether a node is up or down, since which block it is down, and what is wanted of it.',
  },
  events: {
    FarmStored: 'A farm was made.',
    FarmUpdated:
      'A farm changed: name, addresses, dedication, policy, or what is left of its limits.',
    FarmDeleted: 'A farm was removed. Not in use: farms stay.',
    NodeStored: 'A node was registered.',
    NodeUpdated: 'A node changed.',
    NodeDeleted: 'The node with this id was removed.',
    NodeUptimeReported:
      'A node told its uptime: its id, the time of the block and the uptime, in seconds.',
    NodePublicConfigStored: 'The public addresses of a node were set, or cleared.',
    EntityStored: 'An entity was registered.',
    EntityUpdated: 'An entity changed.',
    EntityDeleted: 'The entity with this id was removed.',
    TwinStored: 'A twin was made.',
    TwinUpdated: 'Relay and key of a twin were set, perhaps to what they were.',
    TwinEntityStored:
      'An entity was attached to a twin: the ids of twin and entity, and the signature.',
    TwinEntityRemoved: 'An entity was detached from a twin: the ids of twin and entity.',
    TwinDeleted: 'A twin was removed. Not in use: twins stay.',
    TwinAccountBounded: 'An account was tied to the twin with this id.',
    PricingPolicyStored: 'A pricing policy was made or changed.',
    FarmingPolicyStored: 'A farming policy was made.',
    FarmPayoutV2AddressRegistered: 'A farm got another Stellar address for its rewards.',
    FarmMarkedAsDedicated:
      'The nodes of a farm are used only as a whole. Not in use: see FarmUpdated.',
    ConnectionPriceSet: 'New nodes get another connection price.',
    NodeCertificationSet: 'A node was certified, or is not certified any more.',
    NodeCertifierAdded: 'An account may certify nodes.',
    NodeCertifierRemoved: 'An account may certify nodes no more.',
    FarmingPolicyUpdated: 'A farming policy changed.',
    FarmingPolicySet: 'A farm got a farming policy of its own, within these limits.',
    FarmCertificationSet: 'A farm was certified, or is not certified any more.',
    ZosVersionUpdated: 'Nodes are to run another version of ZOS.',
    PowerTargetChanged: 'It was said whether a node is wanted up or down.',
    PowerStateChanged: 'A node told that it is up, or since which block it is down.',
  },
  errors: {
    NoneValue: 'A value is missing. No call answers with this.',
    StorageOverflow: 'A counter is full. No call answers with this.',
    CannotCreateNode: 'The node cannot be registered. No call answers with this.',
    NodeNotExists: 'There is no such node, or the twin has none.',
    NodeWithTwinIdExists: 'The twin has a node already, or had one.',
    CannotDeleteNode: 'The node cannot be removed. No call answers with this.',
    NodeDeleteNotAuthorized: 'The signer may not remove the node. No call answers with this.',
    NodeUpdateNotAuthorized: 'The signer is not the node, or the node is not in this farm.',
    FarmExists: 'Another farm has this name.',
    FarmNotExists: 'There is no such farm.',
    CannotCreateFarmWrongTwin: 'The twin does not belong to the signer.',
    CannotUpdateFarmWrongTwin: 'The farm does not belong to the signer.',
    CannotDeleteFarm: 'The farm cannot be removed. No call answers with this.',
    CannotDeleteFarmWithPublicIPs:
      'The farm still has public addresses. No call answers with this.',
    CannotDeleteFarmWithNodesAssigned: 'The farm still has nodes. No call answers with this.',
    CannotDeleteFarmWrongTwin: 'The farm does not belong to the signer. No call answers with this.',
    IpExists: 'The farm has this address already.',
    IpNotExists: 'The farm has no such address, or a contract has it.',
    EntityWithNameExists: 'An entity has this name already, be it that of the signer.',
    EntityWithPubkeyExists: 'The account has an entity already.',
    EntityNotExists: 'There is no such entity, or it is not attached to the twin.',
    EntitySignatureDoesNotMatch: 'The signature is not by the entity, or over something else.',
    EntityWithSignatureAlreadyExists:
      'The entity is attached to the twin with this signature already.',
    CannotUpdateEntity: 'The entity does not belong to the signer.',
    CannotDeleteEntity: 'The entity does not belong to the signer.',
    SignatureLengthIsIncorrect: 'The signature does not have 128 hex digits.',
    TwinExists: 'There is such a twin already. No call answers with this.',
    TwinNotExists: 'There is no such twin, or the signer has none.',
    TwinWithPubkeyExists: 'The signer has a twin already.',
    CannotCreateTwin: 'The twin cannot be made. No call answers with this.',
    UnauthorizedToUpdateTwin: 'The twin does not belong to the signer.',
    TwinCannotBoundToItself: 'The account of a twin cannot be tied to that twin.',
    PricingPolicyExists: 'Another pricing policy has this name.',
    PricingPolicyNotExists: 'There is no such pricing policy.',
    PricingPolicyWithDifferentIdExists: 'Another pricing policy has this name.',
    CertificationCodeExists:
      'There is such a certification code already. No call answers with this.',
    FarmingPolicyAlreadyExists:
      'There is such a farming policy already. No call answers with this.',
    FarmPayoutAdressAlreadyRegistered:
      'The farm has this address already. No call answers with this.',
    FarmerDoesNotHaveEnoughFunds:
      'The owner of the farm has too few tokens. No call answers with this.',
    UserDidNotSignTermsAndConditions: 'The signer has not accepted the terms and conditions.',
    FarmerDidNotSignTermsAndConditions:
      'The owner of the farm has not accepted the terms. No call answers with this.',
    FarmerNotAuthorized: 'The farm of the node does not belong to the signer.',
    InvalidFarmName:
      'The name has other characters than letters, digits, `-` and `_`, or another farm has it.',
    AlreadyCertifier: 'The account may certify nodes already.',
    NotCertifier: 'The account may not certify nodes anyway.',
    NotAllowedToCertifyNode: 'The signer may not certify nodes.',
    FarmingPolicyNotExists: 'There is no such farming policy, or none that fits the node.',
    RelayTooShort: 'The relay is too short. No call answers with this.',
    RelayTooLong: 'The relay is too long. Decoding refuses it: no call answers with this.',
    InvalidRelay: 'The relay is no valid one. No call answers with this: see InvalidRelayAddress.',
    FarmNameTooShort: 'The name has less than 3 bytes.',
    FarmNameTooLong: 'The name is too long. Decoding refuses it: no call answers with this.',
    InvalidPublicIP: [
      'The address is no public IPv4 address as CIDR, the gateway is not in its network,',
      'or the farm has 256 addresses already.',
    ],
    PublicIPTooShort: 'The address is too short. No call answers with this.',
    PublicIPTooLong: 'The address is too long. Decoding refuses it: no call answers with this.',
    GatewayIPTooShort: 'The gateway is too short. No call answers with this.',
    GatewayIPTooLong: 'The gateway is too long. Decoding refuses it: no call answers with this.',
    IP4TooShort: 'The IPv4 address is too short. No call answers with this.',
    IP4TooLong: 'The IPv4 address is too long. Decoding refuses it: no call answers with this.',
    InvalidIP4:
      'The IPv4 address is no valid one. No call answers with this: see InvalidPublicConfig.',
    GW4TooShort: 'The IPv4 gateway is too short. No call answers with this.',
    GW4TooLong: 'The IPv4 gateway is too long. Decoding refuses it: no call answers with this.',
    InvalidGW4:
      'The IPv4 gateway is no valid one. No call answers with this: see InvalidPublicConfig.',
    IP6TooShort: 'The IPv6 address is too short. No call answers with this.',
    IP6TooLong: 'The IPv6 address is too long. Decoding refuses it: no call answers with this.',
    InvalidIP6:
      'The IPv6 address is no valid one. No call answers with this: see InvalidPublicConfig.',
    GW6TooShort: 'The IPv6 gateway is too short. No call answers with this.',
    GW6TooLong: 'The IPv6 gateway is too long. Decoding refuses it: no call answers with this.',
    InvalidGW6:
      'The IPv6 gateway is no valid one. No call answers with this: see InvalidPublicConfig.',
    DomainTooShort: 'The domain is too short. No call answers with this.',
    DomainTooLong: 'The domain is too long. Decoding refuses it: no call answers with this.',
    InvalidDomain:
      'The domain is no valid one. No call answers with this: see InvalidPublicConfig.',
    MethodIsDeprecated: 'The call is not in use any more. No call answers with this.',
    InterfaceNameTooShort: 'The name of the interface has less than 3 bytes.',
    InterfaceNameTooLong: 'The name of the interface is too long. Decoding refuses it.',
    InvalidInterfaceName:
      'The name of the interface has other characters than `a-z`, `0-9`, `-` and `_`.',
    InterfaceMacTooShort: 'The MAC address has less than 17 bytes.',
    InterfaceMacTooLong:
      'The MAC address is too long. Decoding refuses it: no call answers with this.',
    InvalidMacAddress: 'The MAC address is not six pairs of hex digits with colons between them.',
    InterfaceIpTooShort: 'The address of the interface has less than 7 bytes.',
    InterfaceIpTooLong: 'The address of the interface is too long. Decoding refuses it.',
    InvalidInterfaceIP: 'The address of the interface is no IPv4 or IPv6 address, or has a mask.',
    InvalidZosVersion: 'It is the version that nodes are to run already.',
    FarmingPolicyExpired: 'The farming policy came to its end.',
    InvalidHRUInput:
      'The node has too little HDD. No call answers with this: see InvalidStorageInput.',
    InvalidSRUInput:
      'The node has too little SSD. No call answers with this: see InvalidStorageInput.',
    InvalidCRUInput: 'The node has no core.',
    InvalidMRUInput: 'The node has less than 2 GiB of memory.',
    LatitudeInputTooShort: 'There is no latitude.',
    LatitudeInputTooLong:
      'The latitude is too long. Decoding refuses it: no call answers with this.',
    InvalidLatitudeInput: 'The latitude is neither a number from -90 to 90 nor `Unknown`.',
    LongitudeInputTooShort: 'There is no longitude.',
    LongitudeInputTooLong:
      'The longitude is too long. Decoding refuses it: no call answers with this.',
    InvalidLongitudeInput: 'The longitude is neither a number from -180 to 180 nor `Unknown`.',
    CountryNameTooShort: 'The country has less than 2 bytes.',
    CountryNameTooLong: 'The country is too long. Decoding refuses it: no call answers with this.',
    InvalidCountryName: 'There is no such country. No call answers with this: any text will do.',
    CityNameTooShort: 'There is no city.',
    CityNameTooLong: 'The city is too long. Decoding refuses it: no call answers with this.',
    InvalidCityName: 'There is no such city. No call answers with this: any text will do.',
    InvalidCountryCityPair: 'The city is in another country. No call answers with this.',
    SerialNumberTooShort: 'The serial number is too short. No call answers with this.',
    SerialNumberTooLong:
      'The serial number is too long. Decoding refuses it: no call answers with this.',
    InvalidSerialNumber:
      'The serial number is no valid one. No call answers with this: any text will do.',
    DocumentLinkInputTooShort: 'There is no link to the document.',
    DocumentLinkInputTooLong:
      'The link is too long. Decoding refuses it: no call answers with this.',
    InvalidDocumentLinkInput: 'The link has characters that no URL has, or `%`.',
    DocumentHashInputTooShort: 'There is no hash of the document.',
    DocumentHashInputTooLong:
      'The hash is too long. Decoding refuses it: no call answers with this.',
    InvalidDocumentHashInput: 'The hash has other characters than letters, digits, `-` and `_`.',
    InvalidPublicConfig: [
      'The domain has other characters than letters, digits, `-` and `.`; an address is not a public one',
      'as CIDR; or a gateway is not in its network.',
    ],
    UnauthorizedToChangePowerTarget: 'The farm of the node does not belong to the signer.',
    NodeHasActiveContracts:
      'The node has active contracts or is rented, so it cannot be wanted down.',
    InvalidRelayAddress: 'The relay is no host name, or several of them with `_` between them.',
    InvalidTimestampHint: 'The time of the node differs from that of the block by more than 60 s.',
    InvalidStorageInput: 'The node has less than 100 GiB of SSD, and less than 100 GiB of HDD.',
  },
  constants: {
    MaxFarmNameLength: 'How long the name of a farm may be, in bytes.',
    MaxFarmPublicIps:
      'How many public addresses a call may give to a new farm. It keeps 256 at most.',
    MaxInterfacesLength: 'How many network interfaces a node may have.',
    MaxInterfaceIpsLength: 'How many addresses a network interface may have.',
    TimestampHintDrift: 'By how many seconds the time of a node may differ from that of the block.',
  },
}
