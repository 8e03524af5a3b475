ALTER TABLE export_audits DROP COLUMN filter_domain;
ALTER TABLE export_audits DROP COLUMN filter_max_e2e_rtt;
ALTER TABLE export_audits DROP COLUMN filter_min_e2e_rtt;
ALTER TABLE export_audits DROP COLUMN filter_max_network_rtt;
ALTER TABLE export_audits DROP COLUMN filter_min_network_rtt;
ALTER TABLE export_audits DROP COLUMN filter_public_ip;
ALTER TABLE export_audits DROP COLUMN filter_enterprise_project_id;
DROP TABLE export_tasks;
