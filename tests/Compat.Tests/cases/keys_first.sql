-- Tables are made with all their foreign keys first and distributed one by one, as in guides for tenants.
CREATE TABLE companies (id int PRIMARY KEY, name text);
CREATE TABLE countries (id int PRIMARY KEY);
CREATE TABLE campaigns (id int, company_id int REFERENCES companies ON DELETE CASCADE, country int REFERENCES countries, PRIMARY KEY (company_id, id));
CREATE TABLE ads (id int, company_id int REFERENCES companies, campaign int, PRIMARY KEY (company_id, id), FOREIGN KEY (company_id, campaign) REFERENCES campaigns (company_id, id));
INSERT INTO companies VALUES (1, 'a'), (2, 'b');
INSERT INTO countries VALUES (1);
INSERT INTO campaigns VALUES (1, 1, 1), (2, 2, 1);
INSERT INTO ads VALUES (1, 1, 1);
-- cluster: SELECT create_reference_table('countries')
INSERT INTO campaigns VALUES (3, 2, 1);
INSERT INTO campaigns VALUES (4, 2, 7);
INSERT INTO ads VALUES (2, 2, 3);
-- cluster: SELECT create_distributed_table('companies', 'id')
SELECT * FROM campaigns ORDER BY id;
-- differs: [0A000] nobody can check rows of a local table against a distributed one
INSERT INTO campaigns SELECT 9, 1, 1 WHERE false;
-- cluster: SELECT create_distributed_table('campaigns', 'company_id')
INSERT INTO campaigns VALUES (4, 2, 7);
INSERT INTO campaigns VALUES (4, 2, 1);
-- differs: [0A000] the same
UPDATE ads SET campaign = 77 WHERE false;
-- cluster: SELECT create_distributed_table('ads', 'company_id')
INSERT INTO ads VALUES (3, 2, 99);
INSERT INTO ads VALUES (3, 2, 4);
SELECT a.id, c.id, p.name FROM ads a JOIN campaigns c ON c.company_id = a.company_id AND c.id = a.campaign JOIN companies p ON p.id = c.company_id ORDER BY 1;
CREATE TABLE late (id int REFERENCES companies, v text);
-- cluster: SELECT create_distributed_table('late', 'id')
INSERT INTO late VALUES (1, 'x');
INSERT INTO late VALUES (3, 'y');
-- ignore: origins
SELECT tgname FROM pg_trigger WHERE tgrelid IN ('late'::regclass, 'ads'::regclass) AND NOT tgisinternal;
DROP TABLE companies;
DROP TABLE companies CASCADE;
INSERT INTO late VALUES (3, 'y');
CREATE TABLE makers (id int PRIMARY KEY);
-- cluster: SELECT create_distributed_table('makers', 'id')
CREATE TABLE of_both (maker int REFERENCES makers, country int REFERENCES countries);
DROP TABLE makers CASCADE;
INSERT INTO of_both VALUES (7, 1);
INSERT INTO of_both VALUES (7, 8);
SELECT * FROM of_both;
