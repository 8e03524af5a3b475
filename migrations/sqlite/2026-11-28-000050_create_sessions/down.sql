DROP TABLE spent_sign_ins;
DROP TABLE session_projects;
DROP TABLE sessions;
