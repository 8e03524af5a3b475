// Who the provider knows, by what a person types as their name, and what it says of them.

const GUID_OF_ADMINISTRATORS = '7f3c1a52-0b6e-4c8f-9d1e-2a4b6c8d0e1f';

export const ACCOUNTS = {
  // As most providers are set up: names of groups in one claim.
  ann: { preferred_username: 'ann', name: 'Ann Example', email: 'ann@example.com', groups: ['everyone', 'desk-admins', 'branch-readers'] },
  bob: { preferred_username: 'bob', name: 'Bob Example', email: 'bob@example.com', groups: ['desk-readers'] },
  // As Keycloak: roles of the realm, in an object.
  kim: {
    preferred_username: 'kim',
    email: 'kim@example.com',
    realm_access: { roles: ['default-roles-desk', 'offline_access', 'desk-admins'] },
    resource_access: { account: { roles: ['manage-account'] } },
  },
  // As Entra ID: the identifiers of groups, and an address as the name.
  erin: {
    preferred_username: 'erin@example.com',
    oid: '11111111-2222-4333-8444-555555555555',
    groups: ['00000000-0000-4000-8000-000000000001', GUID_OF_ADMINISTRATORS],
  },
  // As Entra ID where there are too many groups for a token: it says where they may be asked for.
  omar: {
    preferred_username: 'omar@example.com',
    _claim_names: { groups: 'src1' },
    _claim_sources: { src1: { endpoint: 'https://graph.example.com/omar/getMemberObjects' } },
  },
  // Somebody with nothing to do here.
  nemo: { preferred_username: 'nemo', email: 'nemo@example.com' },
  // What a spreadsheet might take for a formula.
  mallory: { preferred_username: "=cmd|'/c calc'!A1", email: 'mallory@example.com', groups: ['desk-admins'] },
  // Many groups, one of which counts.
  max: { preferred_username: 'max', groups: [...Array.from({ length: 300 }, (_, number) => `team-${number}`), 'desk-admins'] },
  // Somebody without a name that the service could show.
  noname: { email: 'noname@example.com', groups: ['desk-admins'] },
};
