-- What lives in the shop's production database besides the declared schema: rows, and a view that an
-- administrator made by hand for the call centre.
INSERT INTO users (email, phone, full_name, loyalty_points)
SELECT 'user' || n || '@example.com',
       CASE WHEN n % 97 = 0 THEN NULL ELSE '+49 30 ' || n END,
       'Customer ' || n, n % 500
FROM generate_series(1, 300000) AS n;

-- The old sign-up form did not check: some people are in there two or three times.
INSERT INTO users (email, phone, full_name)
SELECT 'user' || n * 1000 || '@example.com', '+49 30 ' || n, 'Customer ' || n * 1000
FROM generate_series(1, 37) AS n;
INSERT INTO users (email, phone, full_name)
SELECT 'user' || n * 1000 || '@example.com', '+49 40 ' || n, 'Customer ' || n * 1000
FROM generate_series(1, 5) AS n;

INSERT INTO addresses (user_id, street, postcode, country_code)
SELECT n, n || ' Main Street', lpad((n % 99999)::text, 5, '0'), 'DE'
FROM generate_series(1, 200000) AS n;

-- Orders of customers who were deleted: no foreign key kept them.
INSERT INTO orders (user_id, total)
SELECT CASE WHEN n % 50000 = 0 THEN 900000 + n ELSE 1 + n % 300000 END, (n % 9000) / 7.0
FROM generate_series(1, 250000) AS n;

CREATE VIEW call_centre AS
SELECT u.id, u.full_name, u.phone, count(o.id) AS orders
FROM users AS u LEFT JOIN orders AS o ON o.user_id = u.id
GROUP BY u.id, u.full_name, u.phone;

ANALYZE;
