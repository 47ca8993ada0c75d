//! PostgreSQL: the shared engine. (Under construction.)

use std::sync::Arc;
use std::thread::JoinHandle;

use crate::queue::Queue;
use crate::signals::Signals;
use crate::unit::Unit;
use crate::{Error, Migration, Options, Param, Record};

pub(crate) struct Readers;

impl Readers {
    pub(crate) async fn query<T: Record>(
        &self,
        _sql: &'static str,
        _params: &[Param<'_>],
    ) -> Result<Vec<T>, Error> {
        Err(Error::Closed)
    }
    pub(crate) fn read(&self, _unit: Box<dyn Unit>) -> Result<(), Error> {
        Err(Error::Closed)
    }
    pub(crate) fn close(&self) {}
}

pub(crate) async fn open(
    _address: &str,
    _options: &Options,
    _namespace: &'static str,
    _migrations: &[Migration],
    _writes: &Arc<Queue>,
    _signals: &Arc<Signals>,
) -> Result<(Readers, Vec<JoinHandle<()>>), Error> {
    Err(Error::Unavailable("PostgreSQL is not built yet".to_owned()))
}
