using System.Diagnostics;

namespace Tangelo.Clients.Tests;

/// <summary>What a client needs beside .NET and PostgreSQL's own programs.</summary>
public enum Toolchain
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Node and npm, which fetches the packages.</summary>
    Node,

    /// <summary>A JDK, which compiles the program as it starts it, and Debian's JDBC driver.</summary>
    Jdbc,

    /// <summary>Debian's Python with psycopg 3.</summary>
    Psycopg,

    /// <summary>Debian's Python with psycopg 2.</summary>
    Psycopg2,
}

/// <summary>Looks whether toolchains are there.</summary>
internal static class Toolchains
{
    public const string Python = "/usr/bin/python3";
    public const string JdbcDriver = "/usr/share/java/postgresql.jar";

    /// <summary>Why a client cannot run here, or null.</summary>
    public static string? Missing(Toolchain toolchain) => toolchain switch
    {
        Toolchain.Node => OnPath("node") && OnPath("npm") ? null : "Needs node and npm (apt-get install npm).",
        Toolchain.Jdbc when !OnPath("javac") => "Needs a JDK (apt-get install default-jdk-headless).",
        Toolchain.Jdbc => File.Exists(JdbcDriver) ? null : "Needs the JDBC driver (apt-get install libpostgresql-jdbc-java).",
        Toolchain.Psycopg => HasModule("psycopg") ? null : "Needs psycopg 3 (apt-get install python3-psycopg).",
        Toolchain.Psycopg2 => HasModule("psycopg2") ? null : "Needs psycopg 2 (apt-get install python3-psycopg2).",
        _ => null,
    };

    private static bool OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    private static bool HasModule(string module)
    {
        if (!File.Exists(Python))
            return false;
        using var process = Process.Start(new ProcessStartInfo(Python, ["-c", $"import {module}"]) { RedirectStandardError = true });
        process!.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
