ALTER TABLE replica ADD COLUMN client_id TEXT
-- next
CREATE TABLE oauth_client (
	id TEXT NOT NULL,
	name TEXT NOT NULL,
	kind TEXT NOT NULL,
	secret_digest BYTEA,
	redirect_uris TEXT[] NOT NULL,
	scopes TEXT[] NOT NULL,
	person_id UUID,
	made_at TIMESTAMP WITH TIME ZONE NOT NULL,
	removed_at TIMESTAMP WITH TIME ZONE,
	PRIMARY KEY (id)
)
-- next
CREATE TABLE oidc_flow (
	state_digest BYTEA NOT NULL,
	browser_digest BYTEA NOT NULL,
	nonce TEXT NOT NULL,
	verifier TEXT NOT NULL,
	challenge TEXT,
	authorization_query TEXT,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (state_digest)
)
-- next
CREATE INDEX oidc_flow_expires ON oidc_flow (expires_at)
-- next
COMMENT ON INDEX oidc_flow_expires IS 'which sign-ins are past'
-- next
CREATE TABLE oidc_identity (
	issuer TEXT NOT NULL,
	subject TEXT NOT NULL,
	person_id UUID NOT NULL,
	provisioned BOOLEAN NOT NULL,
	linked_at TIMESTAMP WITH TIME ZONE NOT NULL,
	last_at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (issuer, subject)
)
-- next
CREATE INDEX oidc_identity_person ON oidc_identity (person_id)
-- next
COMMENT ON INDEX oidc_identity_person IS 'the company identities of a person'
-- next
CREATE TABLE oidc_ticket (
	digest BYTEA NOT NULL,
	person_id UUID NOT NULL,
	challenge TEXT NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (digest)
)
-- next
CREATE INDEX oidc_ticket_expires ON oidc_ticket (expires_at)
-- next
COMMENT ON INDEX oidc_ticket_expires IS 'which tickets are past'
-- next
CREATE TABLE oauth_consent (
	person_id UUID NOT NULL,
	client_id TEXT NOT NULL,
	scopes TEXT[] NOT NULL,
	given_at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (person_id, client_id),
	FOREIGN KEY(client_id) REFERENCES oauth_client (id)
)
-- next
CREATE TABLE oauth_grant (
	id UUID NOT NULL,
	client_id TEXT NOT NULL,
	person_id UUID NOT NULL,
	scopes TEXT[] NOT NULL,
	made_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	generation BIGINT,
	rotated_at TIMESTAMP WITH TIME ZONE,
	ended_at TIMESTAMP WITH TIME ZONE,
	end_reason TEXT,
	PRIMARY KEY (id),
	FOREIGN KEY(client_id) REFERENCES oauth_client (id)
)
-- next
CREATE INDEX oauth_grant_client ON oauth_grant (client_id, expires_at)
-- next
COMMENT ON INDEX oauth_grant_client IS 'what ends with this client, and what of it is past'
-- next
CREATE INDEX oauth_grant_person ON oauth_grant (person_id, client_id)
-- next
COMMENT ON INDEX oauth_grant_person IS 'what this person granted to this client'
-- next
CREATE TABLE oauth_code (
	digest BYTEA NOT NULL,
	grant_id UUID NOT NULL,
	redirect_uri TEXT NOT NULL,
	challenge TEXT NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	used_at TIMESTAMP WITH TIME ZONE,
	PRIMARY KEY (digest),
	FOREIGN KEY(grant_id) REFERENCES oauth_grant (id) ON DELETE CASCADE
)
-- next
CREATE INDEX oauth_code_grant ON oauth_code (grant_id)
-- next
COMMENT ON INDEX oauth_code_grant IS 'the code of a grant'
