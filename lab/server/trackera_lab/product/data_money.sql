-- Rates, invoices and payments.

INSERT INTO app.rates (tenant_id, member_id, project_id, amount, valid)
SELECT tenant_id, id, NULL, 60 + 5 * generator.pick(no, 201, 18), daterange(since::date, NULL)
  FROM generator.member WHERE generator.pick(no, 202, 3) > 0 ORDER BY no;
INSERT INTO app.rates (tenant_id, member_id, project_id, amount, valid)
SELECT tenant_id, NULL, id, 80 + 5 * generator.pick(id, 203, 14), runs FROM app.projects WHERE billable ORDER BY id;

INSERT INTO app.invoices (tenant_id, client_id, number, status, issued_on, due_on, bill_to, net, tax_rate, created_at, updated_at)
SELECT client.tenant_id, client.id,
       to_char(issued, 'YYYY') || '-' || lpad(nextval('app.invoice_number_seq')::text, 6, '0'),
       CASE WHEN issued > :'as_of'::date - 10 THEN 'draft' WHEN issued > :'as_of'::date - 25 THEN 'sent'
            WHEN generator.pick(client.id * 97 + turn, 211, 25) = 0 THEN 'overdue'
            WHEN generator.pick(client.id * 97 + turn, 211, 25) = 1 THEN 'void' ELSE 'paid' END::app.invoice_status,
       issued, issued + 14,
       jsonb_build_object('name', client.name, 'attention', client.contact_name, 'email', client.contact_email)
           || coalesce(client.address, '{}'),
       0, CASE WHEN generator.pick(client.id, 212, 4) = 0 THEN 0 ELSE 20 END, issued, issued
  FROM app.clients AS client CROSS JOIN generate_series(0, 3) AS turn
  CROSS JOIN LATERAL (SELECT :'as_of'::date - 5 - turn * 90 - generator.pick(client.id * 97 + turn, 213, 80) AS issued) AS sent
 ORDER BY issued, client.id, turn;

INSERT INTO app.invoice_lines (invoice_id, position, description, quantity, unit_price)
SELECT invoice.id, line,
       generator.work(invoice.id * 11 + line) || ' (' || generator.first_name(invoice.id + line) || ')',
       0.25 * (1 + generator.pick(invoice.id * 11 + line, 221, 160)), 60 + 5 * generator.pick(invoice.id, 222, 16)
  FROM app.invoices AS invoice, generate_series(1, 4) AS line
 WHERE line <= 1 + generator.pick(invoice.id, 223, 4) ORDER BY invoice.id, line;

UPDATE app.invoices SET net = total.net
  FROM (SELECT invoice_id, sum(amount) AS net FROM app.invoice_lines GROUP BY invoice_id) AS total
 WHERE total.invoice_id = invoices.id;

INSERT INTO app.payments (id, invoice_id, method, provider_reference, payer_name, iban_last4, amount, received_at)
SELECT generator.key('payment', id), id, (ARRAY['card','sepa','transfer'])[1 + generator.pick(id, 231, 3)],
       'pi_' || substr(md5('payment' || id), 1, 24), bill_to ->> 'attention',
       CASE WHEN generator.pick(id, 231, 3) > 0 THEN lpad(generator.pick(id, 232, 10000)::text, 4, '0') END,
       gross, issued_on + (2 + generator.pick(id, 233, 20)) * interval '1 day'
  FROM app.invoices WHERE status = 'paid' ORDER BY id;
