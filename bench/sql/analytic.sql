-- group by with aggregates
SELECT kind, count(*), sum(amount), avg(amount), min(made), max(made) FROM events GROUP BY kind ORDER BY kind;
-- co-located join
SELECT u.country, count(*), sum(e.amount) FROM users u JOIN events e ON e.user_id = u.user_id WHERE e.kind = 'buy' GROUP BY u.country ORDER BY 3 DESC LIMIT 10;
-- reference join
SELECT c.region, e.kind, count(*) FROM events e JOIN users u ON u.user_id = e.user_id JOIN countries c ON c.id = u.country GROUP BY c.region, e.kind ORDER BY 1, 2;
-- count distinct
SELECT count(DISTINCT user_id), count(DISTINCT payload ->> 'page') FROM events WHERE made >= '2024-02-01';
-- top-N
SELECT user_id, event_id, amount FROM events ORDER BY amount DESC, event_id LIMIT 20;
