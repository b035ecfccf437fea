-- Foreign keys, unique and secondary indexes, built over finished tables.
--
-- What happens when a row goes differs on purpose, as it does in grown products: people are detached, content of a
-- tenant goes with it, invoices refuse, and the two cycles (tenants and members, tasks and tasks) have to be broken.

ALTER TABLE app.tenants ADD FOREIGN KEY (owner_id) REFERENCES app.members ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE app.members
    ADD FOREIGN KEY (tenant_id) REFERENCES app.tenants ON DELETE CASCADE,
    ADD FOREIGN KEY (account_id) REFERENCES app.accounts ON DELETE SET NULL;
ALTER TABLE app.invitations
    ADD FOREIGN KEY (tenant_id) REFERENCES app.tenants ON DELETE CASCADE,
    ADD FOREIGN KEY (invited_by) REFERENCES app.members ON DELETE SET NULL;
ALTER TABLE app.teams
    ADD FOREIGN KEY (tenant_id) REFERENCES app.tenants ON DELETE CASCADE,
    ADD FOREIGN KEY (lead_id) REFERENCES app.members ON DELETE SET NULL;
ALTER TABLE app.team_members
    ADD FOREIGN KEY (team_id) REFERENCES app.teams ON DELETE CASCADE,
    ADD FOREIGN KEY (member_id) REFERENCES app.members ON DELETE CASCADE;
ALTER TABLE app.consents ADD FOREIGN KEY (account_id) REFERENCES app.accounts ON DELETE CASCADE;
ALTER TABLE app.clients ADD FOREIGN KEY (tenant_id) REFERENCES app.tenants ON DELETE CASCADE;
ALTER TABLE app.projects
    ADD FOREIGN KEY (tenant_id) REFERENCES app.tenants ON DELETE CASCADE,
    ADD FOREIGN KEY (client_id) REFERENCES app.clients ON DELETE SET NULL,
    ADD FOREIGN KEY (lead_id) REFERENCES app.members ON DELETE SET NULL;
ALTER TABLE app.project_members
    ADD FOREIGN KEY (project_id) REFERENCES app.projects ON DELETE CASCADE,
    ADD FOREIGN KEY (member_id) REFERENCES app.members ON DELETE CASCADE;
ALTER TABLE app.tasks
    ADD FOREIGN KEY (project_id) REFERENCES app.projects ON DELETE CASCADE,
    ADD FOREIGN KEY (parent_id) REFERENCES app.tasks ON DELETE SET NULL,
    ADD FOREIGN KEY (assignee_id) REFERENCES app.members ON DELETE SET NULL;
ALTER TABLE app.tags ADD FOREIGN KEY (tenant_id) REFERENCES app.tenants ON DELETE CASCADE;
ALTER TABLE app.time_entries
    ADD FOREIGN KEY (tenant_id) REFERENCES app.tenants ON DELETE CASCADE,
    ADD FOREIGN KEY (member_id) REFERENCES app.members ON DELETE RESTRICT,
    ADD FOREIGN KEY (project_id) REFERENCES app.projects ON DELETE RESTRICT,
    ADD FOREIGN KEY (task_id) REFERENCES app.tasks ON DELETE SET NULL;
ALTER TABLE app.time_entry_tags
    ADD FOREIGN KEY (entry_id, work_date) REFERENCES app.time_entries ON DELETE CASCADE,
    ADD FOREIGN KEY (tag_id) REFERENCES app.tags ON DELETE CASCADE;
ALTER TABLE app.timesheets
    ADD FOREIGN KEY (member_id) REFERENCES app.members ON DELETE CASCADE,
    ADD FOREIGN KEY (approved_by) REFERENCES app.members ON DELETE SET NULL;
ALTER TABLE app.absences
    ADD FOREIGN KEY (tenant_id) REFERENCES app.tenants ON DELETE CASCADE,
    ADD FOREIGN KEY (member_id) REFERENCES app.members ON DELETE CASCADE,
    ADD FOREIGN KEY (approved_by) REFERENCES app.members,
    ADD CONSTRAINT absences_do_not_overlap EXCLUDE USING gist (member_id WITH =, period WITH &&);
ALTER TABLE app.comments
    ADD FOREIGN KEY (task_id) REFERENCES app.tasks ON DELETE CASCADE,
    ADD FOREIGN KEY (author_id) REFERENCES app.members ON DELETE SET NULL;
ALTER TABLE app.attachments
    ADD FOREIGN KEY (tenant_id) REFERENCES app.tenants ON DELETE CASCADE,
    ADD FOREIGN KEY (task_id) REFERENCES app.tasks ON DELETE SET NULL,
    ADD FOREIGN KEY (uploaded_by) REFERENCES app.members ON DELETE SET NULL;
ALTER TABLE app.rates
    ADD FOREIGN KEY (tenant_id) REFERENCES app.tenants ON DELETE CASCADE,
    ADD FOREIGN KEY (member_id) REFERENCES app.members ON DELETE CASCADE,
    ADD FOREIGN KEY (project_id) REFERENCES app.projects ON DELETE CASCADE;
ALTER TABLE app.invoices
    ADD FOREIGN KEY (tenant_id) REFERENCES app.tenants ON DELETE RESTRICT,
    ADD FOREIGN KEY (client_id) REFERENCES app.clients ON DELETE RESTRICT;
ALTER TABLE app.invoice_lines ADD FOREIGN KEY (invoice_id) REFERENCES app.invoices ON DELETE CASCADE;
ALTER TABLE app.payments ADD FOREIGN KEY (invoice_id) REFERENCES app.invoices ON DELETE RESTRICT;
ALTER TABLE app.jira_connections
    ADD FOREIGN KEY (tenant_id) REFERENCES app.tenants ON DELETE CASCADE,
    ADD FOREIGN KEY (connected_by) REFERENCES app.members ON DELETE SET NULL;
ALTER TABLE app.jira_issues ADD FOREIGN KEY (connection_id) REFERENCES app.jira_connections ON DELETE CASCADE;
ALTER TABLE app.jira_links
    ADD FOREIGN KEY (issue_id) REFERENCES app.jira_issues ON DELETE CASCADE,
    ADD FOREIGN KEY (task_id) REFERENCES app.tasks ON DELETE CASCADE;
ALTER TABLE app.ai_suggestions
    ADD FOREIGN KEY (member_id) REFERENCES app.members ON DELETE CASCADE,
    ADD FOREIGN KEY (issue_id) REFERENCES app.jira_issues ON DELETE SET NULL,
    ADD FOREIGN KEY (entry_id, entry_date) REFERENCES app.time_entries ON DELETE SET NULL;
ALTER TABLE app.api_tokens ADD FOREIGN KEY (member_id) REFERENCES app.members ON DELETE CASCADE;
ALTER TABLE app.email_log ADD FOREIGN KEY (tenant_id) REFERENCES app.tenants ON DELETE SET NULL;
ALTER TABLE app.exports
    ADD FOREIGN KEY (tenant_id) REFERENCES app.tenants ON DELETE CASCADE,
    ADD FOREIGN KEY (requested_by) REFERENCES app.members ON DELETE SET NULL;
ALTER TABLE app.webhooks ADD FOREIGN KEY (tenant_id) REFERENCES app.tenants ON DELETE CASCADE;
ALTER TABLE app.webhook_deliveries ADD FOREIGN KEY (webhook_id) REFERENCES app.webhooks ON DELETE CASCADE;
ALTER TABLE app.notifications ADD FOREIGN KEY (member_id) REFERENCES app.members ON DELETE CASCADE;

CREATE UNIQUE INDEX tenants_slug_key ON app.tenants (slug);
CREATE UNIQUE INDEX accounts_email_key ON app.accounts (email);
CREATE UNIQUE INDEX members_account_key ON app.members (tenant_id, account_id) WHERE removed_at IS NULL AND NOT is_placeholder;
CREATE INDEX members_account_idx ON app.members (account_id);
CREATE UNIQUE INDEX invitations_open_key ON app.invitations (tenant_id, email) WHERE accepted_at IS NULL;
CREATE UNIQUE INDEX tags_name_key ON app.tags (tenant_id, name);
CREATE UNIQUE INDEX projects_code_key ON app.projects (tenant_id, code);
CREATE UNIQUE INDEX invoices_number_key ON app.invoices (number);
CREATE UNIQUE INDEX timesheets_week_key ON app.timesheets (member_id, week);
CREATE UNIQUE INDEX jira_issues_key ON app.jira_issues (connection_id, key);
CREATE INDEX projects_client_idx ON app.projects (client_id);
CREATE INDEX tasks_project_idx ON app.tasks (project_id) WHERE done_at IS NULL;
CREATE INDEX tasks_search_idx ON app.tasks USING gin (search);
CREATE INDEX time_entries_member_idx ON app.time_entries (member_id, work_date);
CREATE INDEX time_entries_project_idx ON app.time_entries (project_id, work_date);
CREATE INDEX time_entries_uninvoiced_idx ON app.time_entries (tenant_id) WHERE billable AND NOT invoiced;
CREATE INDEX comments_task_idx ON app.comments (task_id);
CREATE INDEX sessions_account_idx ON app.sessions (account_id);
CREATE INDEX login_attempts_email_idx ON app.login_attempts (lower(email), at);
CREATE INDEX email_log_recipient_idx ON app.email_log (recipient);
CREATE INDEX audit_events_tenant_idx ON app.audit_events (tenant_id, at);
CREATE INDEX audit_events_changes_idx ON app.audit_events USING gin (changes jsonb_path_ops) WHERE changes IS NOT NULL;
CREATE INDEX notifications_unread_idx ON app.notifications (member_id) WHERE read_at IS NULL;
CREATE INDEX clients_name_idx ON app.clients USING gin (name gin_trgm_ops);
