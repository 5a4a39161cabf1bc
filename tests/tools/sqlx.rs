// Runs the folder "migrations" as `sqlx migrate run` and `revert` do.
// [dependencies]
// sqlx = { version = "0.9", default-features = false, features = ["runtime-tokio", "postgres", "migrate"] }
// tokio = { version = "1", features = ["rt", "macros", "net", "time"] }
use sqlx::migrate::Migrator;
use sqlx::{Connection, PgConnection};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    if std::env::args().nth(1).as_deref() == Some("version") {
        return println!("0.9");
    }
    if let Err(error) = run().await {
        println!("error: {error}");
        std::process::exit(1);
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let migrator = Migrator::new(std::path::Path::new("migrations")).await?;
    let mut connection = PgConnection::connect("postgres://").await?;
    if std::env::args().nth(1).as_deref() == Some("down") {
        let versions = || migrator.iter().map(|one| one.version);
        let last = versions().max();
        let before = versions().filter(|one| Some(*one) != last).max();
        migrator.undo(&mut connection, before.unwrap_or(0)).await?;
    } else {
        migrator.run(&mut connection).await?;
    }
    Ok(())
}
