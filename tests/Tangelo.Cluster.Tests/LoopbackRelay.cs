using System.Text.Json;
using Npgsql;
using Tangelo.Cluster.Functions;
using Tangelo.Core;

namespace Tangelo.Cluster.Tests;

/// <summary>
/// Stands for the router's end of the loopback: requests come through a table written over dblink instead of the wire,
/// and are answered by the real functions. PostgreSQL is real on both sides.
/// </summary>
internal sealed class LoopbackRelay : IAsyncDisposable
{
    private readonly NpgsqlDataSource _coordinator;
    private readonly Func<IClusterSession> _session;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private readonly ClusterFunctions _functions = new([new SchemaChangeStub()]);

    private LoopbackRelay(NpgsqlDataSource coordinator, Func<IClusterSession> session)
    {
        _coordinator = coordinator;
        _session = session;
        _loop = RunAsync();
    }

    public static async Task<LoopbackRelay> StartAsync(NpgsqlDataSource coordinator, Func<IClusterSession> session)
    {
        await using var setup = coordinator.CreateCommand(
            """
            CREATE EXTENSION IF NOT EXISTS dblink;
            CREATE TABLE IF NOT EXISTS public.relay (id serial, request text, response jsonb, failure jsonb);
            CREATE OR REPLACE FUNCTION pg_catalog.tangelo_call(fn text, args jsonb DEFAULT '{}') RETURNS SETOF jsonb
            LANGUAGE plpgsql AS $$
            DECLARE
                link text := format('host=127.0.0.1 port=%s user=postgres dbname=postgres', current_setting('port'));
                request_id integer;
                answer record;
            BEGIN
                SELECT id INTO request_id FROM public.dblink(link, format('INSERT INTO public.relay (request) VALUES (%L) RETURNING id',
                    jsonb_build_object('fn', fn, 'args', coalesce(args, '{}')))) AS t(id integer);
                LOOP
                    SELECT * INTO answer FROM public.dblink(link, format('SELECT response, failure FROM public.relay WHERE id = %s AND (response IS NOT NULL OR failure IS NOT NULL)', request_id))
                        AS t(response jsonb, failure jsonb);
                    EXIT WHEN FOUND;
                    PERFORM pg_sleep(0.005);
                END LOOP;
                IF answer.failure IS NOT NULL THEN
                    RAISE EXCEPTION '%', answer.failure ->> 'message' USING ERRCODE = answer.failure ->> 'code';
                END IF;
                RETURN QUERY SELECT value FROM jsonb_array_elements(answer.response);
            END $$;
            """);
        await setup.ExecuteNonQueryAsync();
        return new LoopbackRelay(coordinator, session);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                if (await TakeAsync() is { } request)
                    await AnswerAsync(request.Id, request.Text);
                else
                    await Task.Delay(5, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task<(int Id, string Text)?> TakeAsync()
    {
        await using var take = _coordinator.CreateCommand("SELECT id, request FROM public.relay WHERE response IS NULL AND failure IS NULL ORDER BY id LIMIT 1");
        await using var reader = await take.ExecuteReaderAsync(_stop.Token);
        return await reader.ReadAsync(_stop.Token) ? (reader.GetInt32(0), reader.GetString(1)) : null;
    }

    private async Task AnswerAsync(int id, string text)
    {
        string? response = null, failure = null;
        try
        {
            using var document = JsonDocument.Parse(text);
            var function = _functions.Find(document.RootElement.GetProperty("fn").GetString()!);
            var rows = await function.InvokeAsync(document.RootElement.GetProperty("args"), _session(), _stop.Token);
            response = "[" + string.Join(",", rows) + "]";
        }
        catch (PgException e)
        {
            failure = JsonSerializer.Serialize(new { code = e.Code, message = e.Error.Message });
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            failure = JsonSerializer.Serialize(new { code = SqlState.InternalError, message = e.ToString() });
        }

        await using var answer = _coordinator.CreateCommand("UPDATE public.relay SET response = $2::jsonb, failure = $3::jsonb WHERE id = $1");
        answer.Parameters.Add(new() { Value = id });
        answer.Parameters.Add(new() { Value = (object?)response ?? DBNull.Value });
        answer.Parameters.Add(new() { Value = (object?)failure ?? DBNull.Value });
        await answer.ExecuteNonQueryAsync(_stop.Token);
    }
}
