//! What an administrative command works with: the store, the tenant, who acts.

use store::{Store, Tx};

use super::{Failure, Global, scope::OfTenant};
use crate::{
    app::{
        clock::Clock,
        ids::Ids,
        open::{Opened, is_absent, open, open_existing},
    },
    domain::{self, Refusal, Tenant, audit::Actor, directory::DirectoryCache},
};

/// An open store. It works while servers run on the same data; they see a change at their next call.
pub(super) struct Session {
    pub(super) opened: Opened,
    pub(super) ids: Ids,
    pub(super) now_ms: i64,
    directory: DirectoryCache,
}

impl Session {
    /// Opens what the settings name, which must be there.
    pub(super) async fn open(global: &Global) -> Result<Self, Failure> {
        Ok(Self::of(open_existing(&global.settings(Vec::new())?).await?))
    }

    /// Opens what the settings name, or makes it: for the first command of a new system. True if there was nothing.
    pub(super) async fn open_or_make(global: &Global) -> Result<(Self, bool), Failure> {
        let settings = global.settings(Vec::new())?;
        let made = is_absent(&settings).await?;
        Ok((Self::of(open(&settings).await?), made))
    }

    fn of(opened: Opened) -> Self {
        Self {
            opened,
            ids: Ids::system(),
            now_ms: Clock::System.now_ms(),
            directory: DirectoryCache::default(),
        }
    }

    /// The store.
    pub(super) fn store(&self) -> &Store {
        &self.opened.store
    }

    /// Who acts: the operator at the command line.
    pub(super) fn actor(&self) -> Actor {
        Actor { name: "cli".to_owned(), now_ms: self.now_ms, act: self.ids.uuid(self.now_ms) }
    }

    /// The tenant named, or the only one.
    pub(super) async fn tenant(&self, OfTenant { tenant: named }: OfTenant) -> Result<Tenant, Failure> {
        let directory = self.directory.reload(self.store(), &self.opened.key).await?;
        let id = match named {
            Some(id) => id,
            None => {
                let rows = self.store().read("tenant.list", |r| domain::tenant::list(r, None)).await?;
                match rows.as_slice() {
                    [only] => only.tenant_id,
                    [] => {
                        return Err(anyhow::anyhow!(
                            "there is no tenant yet: make one with `laqun tenant add`"
                        )
                        .into());
                    }
                    _ => {
                        return Err(Failure::Usage(anyhow::anyhow!(
                            "there are several tenants: say which with --tenant"
                        )));
                    }
                }
            }
        };
        directory.tenant(id).ok_or_else(|| domain::Error::from(Refusal::TenantNotExist).into())
    }

    /// The directory's version as last read.
    pub(super) fn directory_version(&self) -> i64 {
        self.directory.current().version
    }

    /// One unit of work; a refusal of the rules is the command's failure.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        name: &'static str,
        unit: impl Fn(&mut Tx<'_>) -> Result<T, domain::Error> + Send + 'static,
    ) -> Result<T, Failure> {
        Ok(self.store().write(name, unit).await?)
    }

    /// Ends the session: what was written is checkpointed.
    pub(super) async fn close(self) {
        self.opened.store.close().await;
    }
}
