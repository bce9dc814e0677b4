-- Fills the tables with made-up rows of the shape that TPC-H describes. Every value follows from its key, so two runs give the same rows.
-- psql -v scale=0.1 -f data.sql
CREATE SCHEMA gen;
-- A number from 0 to n - 1 for a key; each column has a seed of its own.
CREATE FUNCTION gen.r(seed integer, key bigint, n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
    AS 'SELECT (hashint8extended($2, $1::bigint * 7919 + 17) & 9007199254740991) % $3';
CREATE FUNCTION gen.pick(seed integer, key bigint, words text[]) RETURNS text LANGUAGE sql IMMUTABLE
    AS 'SELECT $3[1 + gen.r($1, $2, cardinality($3))]';
CREATE FUNCTION gen.words(seed integer, key bigint, n integer, size integer) RETURNS text LANGUAGE sql IMMUTABLE
    AS $$SELECT left(string_agg(gen.pick($1 + i, $2, '{carefully,quickly,blithely,slyly,furiously,ironic,final,bold,regular,express,even,silent,pending,unusual,
deposits,accounts,packages,foxes,theodolites,pinto beans,instructions,dependencies,excuses,platelets,asymptotes,courts,dolphins,ideas,
sleep,wake,haggle,nag,cajole,detect,boost,integrate,above the,among the,against,after the}'), ' '), $4) FROM generate_series(1, $3) i$$;
CREATE FUNCTION gen.phone(seed integer, key bigint, nation bigint) RETURNS text LANGUAGE sql IMMUTABLE
    AS $$SELECT (10 + $3) || '-' || (100 + gen.r($1, $2, 900)) || '-' || (100 + gen.r($1 + 1, $2, 900)) || '-' || (1000 + gen.r($1 + 2, $2, 9000))$$;
CREATE FUNCTION gen.price(part bigint) RETURNS numeric LANGUAGE sql IMMUTABLE
    AS 'SELECT (90000 + ($1 / 10) % 20001 + 100 * ($1 % 1000)) / 100.0';
CREATE FUNCTION gen.supplier_of(part bigint, i bigint, suppliers bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
    AS 'SELECT ($1 + $2 * ($3 / 4 + ($1 - 1) / $3)) % $3 + 1';

INSERT INTO region SELECT i - 1, ('{AFRICA,AMERICA,ASIA,EUROPE,MIDDLE EAST}'::text[])[i], gen.words(1, i, 6, 152) FROM generate_series(1, 5) i;
INSERT INTO nation
SELECT i - 1, n, r, gen.words(2, i, 6, 152)
FROM unnest('{ALGERIA,ARGENTINA,BRAZIL,CANADA,EGYPT,ETHIOPIA,FRANCE,GERMANY,INDIA,INDONESIA,IRAN,IRAQ,JAPAN,JORDAN,KENYA,MOROCCO,MOZAMBIQUE,PERU,
CHINA,ROMANIA,SAUDI ARABIA,VIETNAM,RUSSIA,UNITED KINGDOM,UNITED STATES}'::text[],
    '{0,1,1,1,4,0,3,3,2,2,4,4,2,4,0,0,0,1,2,3,4,2,3,3,1}'::int[]) WITH ORDINALITY u(n, r, i);
INSERT INTO supplier
SELECT i, 'Supplier#' || lpad(i::text, 9, '0'), gen.words(3, i, 3, 40), nation, gen.phone(4, i, nation), (gen.r(7, i, 1099999) - 99999) / 100.0,
    CASE WHEN i % 50 = 7 THEN 'slyly Customer of many Complaints' ELSE gen.words(8, i, 8, 101) END
FROM (SELECT i, gen.r(5, i, 25) AS nation FROM generate_series(1, (10000 * :scale)::int) i) s;
INSERT INTO part
SELECT i, (SELECT string_agg(gen.pick(20 + w, i, '{almond,antique,aquamarine,azure,beige,bisque,black,blanched,blue,blush,brown,burlywood,burnished,
chartreuse,chiffon,chocolate,coral,cornflower,cornsilk,cream,cyan,dark,deep,dim,dodger,drab,firebrick,floral,forest,frosted,gainsboro,ghost,
goldenrod,green,grey,honeydew,hot,indian,ivory,khaki,lace,lavender,lawn,lemon,light,lime,linen,magenta,maroon,medium}'), ' ') FROM generate_series(1, 5) w),
    'Manufacturer#' || m, 'Brand#' || m || 1 + gen.r(12, i, 5),
    gen.pick(13, i, '{STANDARD,SMALL,MEDIUM,LARGE,ECONOMY,PROMO}') || ' ' || gen.pick(14, i, '{ANODIZED,BURNISHED,PLATED,POLISHED,BRUSHED}')
        || ' ' || gen.pick(15, i, '{TIN,NICKEL,BRASS,STEEL,COPPER}'),
    1 + gen.r(16, i, 50), gen.pick(17, i, '{SM,LG,MED,JUMBO,WRAP}') || ' ' || gen.pick(18, i, '{CASE,BOX,BAG,JAR,PKG,PACK,CAN,DRUM}'),
    gen.price(i), gen.words(19, i, 3, 23)
FROM (SELECT i, 1 + gen.r(11, i, 5) AS m FROM generate_series(1, (200000 * :scale)::int) i) p;
INSERT INTO partsupp
SELECT p, gen.supplier_of(p, i, (10000 * :scale)::int), 1 + gen.r(30, p * 4 + i, 9999), (100 + gen.r(31, p * 4 + i, 99901)) / 100.0,
    gen.words(32, p * 4 + i, 8, 199)
FROM generate_series(1, (200000 * :scale)::int) p, generate_series(0, 3) i;
INSERT INTO customer
SELECT i, 'Customer#' || lpad(i::text, 9, '0'), gen.words(40, i, 3, 40), nation, gen.phone(41, i, nation), (gen.r(44, i, 1099999) - 99999) / 100.0,
    gen.pick(45, i, '{AUTOMOBILE,BUILDING,FURNITURE,MACHINERY,HOUSEHOLD}'), gen.words(46, i, 7, 117)
FROM (SELECT i, gen.r(47, i, 25) AS nation FROM generate_series(1, (150000 * :scale)::int) i) c;
-- A third of the customers has no orders, and of 32 order keys 8 are used.
CREATE UNLOGGED TABLE gen.lines AS
SELECT o, date, customer, line, part, 1 + gen.r(53, k, 50) AS quantity, gen.r(54, k, 11) / 100.0 AS discount, gen.r(55, k, 9) / 100.0 AS tax,
    date + (1 + gen.r(56, k, 121))::int AS ship, date + (30 + gen.r(57, k, 61))::int AS commit, gen.r(58, k, 30)::int + 1 AS days, k
FROM (SELECT (i / 8) * 32 + i % 8 AS o, date '1992-01-01' + gen.r(50, i, 2406)::int AS date,
        c - (c % 3 = 0)::int + (c = 0)::int * 2 AS customer, 1 + gen.r(52, i, 7) AS lines, i
    FROM (SELECT i, gen.r(51, i, (150000 * :scale)::int) AS c FROM generate_series(1, (1500000 * :scale)::int) i) k) o,
    LATERAL (SELECT line, i::bigint * 8 + line AS k, 1 + gen.r(59, i::bigint * 8 + line, (200000 * :scale)::int) AS part
        FROM generate_series(1, lines) line) l;
INSERT INTO lineitem
SELECT o, part, gen.supplier_of(part, gen.r(60, k, 4), (10000 * :scale)::int), line, quantity, quantity * gen.price(part), discount, tax,
    CASE WHEN ship + days > date '1995-06-17' THEN 'N' ELSE gen.pick(61, k, '{R,A}') END, CASE WHEN ship > date '1995-06-17' THEN 'O' ELSE 'F' END,
    ship, commit, ship + days, gen.pick(62, k, '{DELIVER IN PERSON,COLLECT COD,NONE,TAKE BACK RETURN}'),
    gen.pick(63, k, '{REG AIR,AIR,RAIL,SHIP,TRUCK,MAIL,FOB}'), gen.words(64, k, 4, 44)
FROM gen.lines;
INSERT INTO orders
SELECT o, customer, CASE WHEN bool_and(ship > date '1995-06-17') THEN 'O' WHEN bool_and(ship <= date '1995-06-17') THEN 'F' ELSE 'P' END,
    round(sum(quantity * gen.price(part) * (1 + tax) * (1 - discount)), 2), date, gen.pick(70, o, '{1-URGENT,2-HIGH,3-MEDIUM,4-NOT SPECIFIED,5-LOW}'),
    'Clerk#' || lpad((1 + gen.r(71, o, greatest((1000 * :scale)::int, 1)))::text, 9, '0'), 0,
    CASE WHEN gen.r(72, o, 80) = 0 THEN 'blithely special foxes wake requests' ELSE gen.words(73, o, 6, 79) END
FROM gen.lines GROUP BY o, customer, date;
DROP SCHEMA gen CASCADE;
