/** Accounts as an administrator sees them. */

import { useServer } from "../../../app/asking";

/** As `GET /api/users/people` answers. */
export interface AccountRecord {
  person: string;
  login: string;
  name: string;
  role: string;
  active: boolean;
  has_password: boolean;
  has_codes: boolean;
  last_login_at: string | null;
}

/** Return person -> account; undefined for those who see none, and until it is known. */
export function useAccounts(administers: boolean): ReadonlyMap<string, AccountRecord> | undefined {
  const { data } = useServer<AccountRecord[]>(administers ? "/api/users/people" : null);
  return data && new Map(data.map((one) => [one.person, one]));
}
