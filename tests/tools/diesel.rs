// Runs the folder "migrations" as `diesel migration run` and `revert` do.
// [dependencies]
// diesel = { version = "2", default-features = false, features = ["postgres"] }
// diesel_migrations = "2"
use diesel::prelude::*;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};

fn run(down: bool) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let folder = FileBasedMigrations::from_path("migrations")?;
    let mut connection = PgConnection::establish("")?;
    if down {
        connection.revert_last_migration(folder)?;
    } else {
        connection.run_pending_migrations(folder)?;
    }
    Ok(())
}

fn main() {
    let argument = std::env::args().nth(1).unwrap_or_default();
    if argument == "version" {
        return println!("2.3");
    }
    if let Err(error) = run(argument == "down") {
        println!("error: {error}");
        std::process::exit(1);
    }
}
