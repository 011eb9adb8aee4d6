use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::{Digest, Error, Kind, Limits, Result, ViewUse};

/// Something derived from evidence that more than one reader wants: decoded pixels, quantised
/// coefficients, luma, metadata, a noise residual.
///
/// A view lives in the crate that computes it and is asked for as `evidence.view::<Luma>(key)`.
pub trait View: Send + Sync + Sized + 'static {
    /// Which of its kind: a channel, a parameter set, or `()`.
    type Key: Clone + Eq + Hash + Send + Sync + 'static;

    /// Computes the view. It may ask `evidence` for other views; asking, however indirectly, for itself is
    /// an error.
    fn compute(evidence: &Evidence, key: &Self::Key) -> Result<Self>;
}

/// One input: its bytes, their digest and kind, and views of it, each computed once and kept until it is
/// released. Cloning is cheap and shares the views.
#[derive(Clone)]
pub struct Evidence {
    shared: Arc<Shared>,
    /// The views being computed for whom this handle was made, innermost first.
    ancestors: Option<Arc<Ancestor>>,
}

struct Shared {
    bytes: Vec<u8>,
    digest: Digest,
    kind: Kind,
    limits: Limits,
    /// Files that this one lies in.
    depth: u32,
    /// The view that it was made from, if not from bytes: its type, and its key and value.
    given: Option<(TypeId, Box<dyn Any + Send + Sync>)>,
    views: Mutex<HashMap<TypeId, Box<dyn Slots>>>,
}

struct Ancestor {
    view: TypeId,
    key: Box<dyn Any + Send + Sync>,
    name: &'static str,
    /// Nanoseconds spent so far on other views that it asked for.
    inner: AtomicU64,
    parent: Option<Arc<Ancestor>>,
}

/// The views of one type, by key, and how often they were computed and asked for. What is counted outlives
/// the views themselves: one that is released and computed again counts twice.
struct SlotsOf<V: View> {
    slots: HashMap<V::Key, Slot<V>>,
    asked: u64,
    time: Duration,
}

struct Slot<V> {
    kept: Option<Result<Arc<V>>>,
    computed: u64,
}

/// [`SlotsOf`] any type.
trait Slots: Any + Send {
    /// What became of them; nothing if none was computed.
    fn counted(&self) -> Option<ViewUse>;
}

impl<V: View> Slots for SlotsOf<V> {
    fn counted(&self) -> Option<ViewUse> {
        let computed = self.slots.values().map(|slot| slot.computed).sum();
        (computed > 0).then(|| ViewUse {
            view: short_name(type_name::<V>()),
            keys: self.slots.len() as u64,
            computed,
            asked: self.asked,
            seconds: self.time.as_secs_f64(),
        })
    }
}

/// A type's name without the paths of modules, also between angle brackets.
fn short_name(name: &str) -> String {
    name.split_inclusive(['<', '>', ',', ' ', '(', ')', '&'])
        .map(|piece| piece.rsplit_once("::").map_or(piece, |(_, last)| last))
        .collect()
}

impl Evidence {
    /// Evidence from bytes whose kind is already known. Most callers want `indicia_codec::open`.
    pub fn new(kind: Kind, bytes: Vec<u8>, limits: Limits) -> Self {
        let digest = Digest::of(&bytes);
        Self::make(Shared { bytes, digest, kind, limits, depth: 0, given: None, views: Mutex::default() })
    }

    /// Evidence from bytes that lie inside this one, under the same limits.
    ///
    /// # Errors
    /// `Limits` if that would be more than [`Limits::nesting`] deep.
    pub fn embedded(&self, kind: Kind, bytes: Vec<u8>) -> Result<Self> {
        let (digest, depth) = (Digest::of(&bytes), self.deeper()?);
        let limits = self.limits().clone();
        Ok(Self::make(Shared { bytes, digest, kind, limits, depth, given: None, views: Mutex::default() }))
    }

    /// Evidence of [`Kind::Frame`] that was decoded out of this one, under the same limits: it has no bytes,
    /// only the view `V` for `key`, which it keeps when views are released. `digest` must follow from the
    /// view's content. Most callers want `indicia_codec::Pixels::into_evidence`.
    ///
    /// # Errors
    /// `Limits` if that would be more than [`Limits::nesting`] deep.
    pub fn decoded<V: View>(&self, digest: Digest, key: V::Key, view: V) -> Result<Self> {
        let given: (V::Key, Arc<V>) = (key, Arc::new(view));
        Ok(Self::make(Shared {
            bytes: vec![],
            digest,
            kind: Kind::Frame,
            limits: self.limits().clone(),
            depth: self.deeper()?,
            given: Some((TypeId::of::<V>(), Box::new(given))),
            views: Mutex::default(),
        }))
    }

    fn make(shared: Shared) -> Self {
        Self { shared: Arc::new(shared), ancestors: None }
    }

    fn deeper(&self) -> Result<u32> {
        let limit = self.limits().nesting;
        if self.depth() >= limit {
            return Err(Error::limits(format!(
                "files lie in files more than {limit} deep (raise it with --limits nesting=N)"
            )));
        }
        Ok(self.depth() + 1)
    }

    /// Files that this one lies in: 0 for a file as it was read.
    pub fn depth(&self) -> u32 {
        self.shared.depth
    }

    /// The input as it was read; nothing for a [`Kind::Frame`].
    pub fn bytes(&self) -> &[u8] {
        &self.shared.bytes
    }

    /// SHA-256 of [`Evidence::bytes`], or of the decoded content of a [`Kind::Frame`].
    pub fn digest(&self) -> Digest {
        self.shared.digest
    }

    /// What it is, by content.
    pub fn kind(&self) -> Kind {
        self.shared.kind
    }

    /// The bounds that its decoders obey.
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// The view `V` for `key`, computed now or kept from before. A failure is kept too.
    ///
    /// No thread ever waits for another's view: a pool whose workers wait for each other deadlocks. Two
    /// threads that ask at the same moment for a view that is not there both compute it, and the first
    /// result stays; the examiner avoids that by computing declared views before it fans out.
    ///
    /// # Errors
    /// Those of [`View::compute`], and `Internal` if a view needs itself.
    pub fn view<V: View>(&self, key: V::Key) -> Result<Arc<V>> {
        self.obtain(key, 1)
    }

    /// The view, which someone asked for `asked` times: a preparation asks for others.
    fn obtain<V: View>(&self, key: V::Key, asked: u64) -> Result<Arc<V>> {
        if let Some(given) = self.given::<V>(&key) {
            return Ok(given);
        }
        let kept = self.with_slots::<V, _>(|views| {
            views.asked += asked;
            views.slots.get(&key).and_then(|slot| slot.kept.clone())
        });
        if let Some(done) = kept {
            return done;
        }
        self.refuse_cycle::<V>(&key)?;
        let this = Arc::new(Ancestor {
            view: TypeId::of::<V>(),
            key: Box::new(key.clone()),
            name: type_name::<V>(),
            inner: AtomicU64::new(0),
            parent: self.ancestors.clone(),
        });
        let handle = Self { shared: Arc::clone(&self.shared), ancestors: Some(Arc::clone(&this)) };
        let started = Instant::now();
        let computed = V::compute(&handle, &key).map(Arc::new);
        let taken = started.elapsed();
        if let Some(parent) = &self.ancestors {
            parent.inner.fetch_add(taken.as_nanos() as u64, Ordering::Relaxed);
        }
        // Others that were asked for on several threads at once may have taken longer together than this one.
        let own = taken.saturating_sub(Duration::from_nanos(this.inner.load(Ordering::Relaxed)));
        self.with_slots::<V, _>(|views| {
            views.time += own;
            let slot = views.slots.entry(key).or_insert(Slot { kept: None, computed: 0 });
            slot.computed += 1;
            slot.kept.get_or_insert(computed).clone()
        })
    }

    /// Forgets every computed view of type `V`. Holders of its `Arc` keep theirs.
    pub fn release<V: View>(&self) {
        self.with_slots::<V, _>(|views| views.slots.values_mut().for_each(|slot| slot.kept = None));
    }

    /// True if the view is there without computing it.
    pub fn has_view<V: View>(&self, key: &V::Key) -> bool {
        self.given::<V>(key).is_some()
            || self.with_slots::<V, _>(|views| views.slots.get(key).is_some_and(|slot| slot.kept.is_some()))
    }

    /// How often views of each type were computed and asked for until now, in the order of their names. A
    /// view that the evidence was made from is not among them.
    pub fn view_uses(&self) -> Vec<ViewUse> {
        let views = self.shared.views.lock().unwrap_or_else(PoisonError::into_inner);
        let mut uses: Vec<_> = views.values().filter_map(|slots| slots.counted()).collect();
        uses.sort_by(|a, b| a.view.cmp(&b.view));
        uses
    }

    fn given<V: View>(&self, key: &V::Key) -> Option<Arc<V>> {
        let (id, given) = self.shared.given.as_ref()?;
        let (its_key, view) =
            given.downcast_ref::<(V::Key, Arc<V>)>().filter(|_| *id == TypeId::of::<V>())?;
        (its_key == key).then(|| Arc::clone(view))
    }

    fn with_slots<V: View, R>(&self, f: impl FnOnce(&mut SlotsOf<V>) -> R) -> R {
        let mut views = self.shared.views.lock().unwrap_or_else(PoisonError::into_inner);
        let empty = || SlotsOf::<V> { slots: HashMap::new(), asked: 0, time: Duration::ZERO };
        let slots: &mut dyn Any =
            views.entry(TypeId::of::<V>()).or_insert_with(|| Box::new(empty())).as_mut();
        f(slots.downcast_mut().expect("slots are stored under their own type"))
    }

    fn refuse_cycle<V: View>(&self, key: &V::Key) -> Result<()> {
        let mut next = self.ancestors.as_deref();
        let mut path = vec![type_name::<V>()];
        while let Some(ancestor) = next {
            path.push(ancestor.name);
            if ancestor.view == TypeId::of::<V>() && ancestor.key.downcast_ref::<V::Key>() == Some(key) {
                path.reverse();
                return Err(Error::internal(format!("a view needs itself: {}", path.join(" -> "))));
            }
            next = ancestor.parent.as_deref();
        }
        Ok(())
    }
}

impl std::fmt::Debug for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Evidence")
            .field("kind", &self.kind())
            .field("digest", &self.digest())
            .field("bytes", &self.bytes().len())
            .finish_non_exhaustive()
    }
}

/// A view that a method declares, so that the examiner can compute it first and drop it after its last
/// user. Made by [`ViewNeed::of`] for views with a default key.
#[derive(Clone, Copy)]
pub struct ViewNeed {
    id: fn() -> TypeId,
    name: fn() -> &'static str,
    prepare: fn(&Evidence) -> Result<()>,
    release: fn(&Evidence),
}

impl ViewNeed {
    /// The need for view `V` under its default key.
    pub const fn of<V: View>() -> Self
    where
        V::Key: Default,
    {
        Self {
            id: TypeId::of::<V>,
            name: type_name::<V>,
            prepare: |evidence| evidence.obtain::<V>(V::Key::default(), 0).map(drop),
            release: |evidence| evidence.release::<V>(),
        }
    }

    /// Identity of the view's type.
    pub fn id(&self) -> TypeId {
        (self.id)()
    }

    /// Name of the view's type, for messages.
    pub fn name(&self) -> &'static str {
        (self.name)()
    }

    /// Computes the view if it is not there.
    ///
    /// # Errors
    /// Those of the view.
    pub fn prepare(&self, evidence: &Evidence) -> Result<()> {
        (self.prepare)(evidence)
    }

    /// Forgets the view.
    pub fn release(&self, evidence: &Evidence) {
        (self.release)(evidence);
    }
}

impl std::fmt::Debug for ViewNeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::ErrorKind;

    fn evidence() -> Evidence {
        Evidence::new(Kind::Png, b"abc".to_vec(), Limits::default())
    }

    struct Length(usize);
    static COMPUTED: AtomicUsize = AtomicUsize::new(0);
    impl View for Length {
        type Key = u8;
        fn compute(evidence: &Evidence, key: &u8) -> Result<Self> {
            COMPUTED.fetch_add(1, Ordering::SeqCst);
            Ok(Self(evidence.bytes().len() + usize::from(*key)))
        }
    }

    #[test]
    fn a_view_is_computed_once_a_key_and_again_after_release() {
        let e = evidence();
        assert_eq!(e.view::<Length>(1).unwrap().0, 4);
        assert_eq!(e.clone().view::<Length>(1).unwrap().0, 4);
        assert_eq!(e.view::<Length>(2).unwrap().0, 5);
        assert_eq!(COMPUTED.load(Ordering::SeqCst), 2);
        let need = ViewNeed::of::<Length>();
        need.release(&e);
        assert!(!e.has_view::<Length>(&1));
        need.prepare(&e).unwrap();
        assert!(e.has_view::<Length>(&0));
        assert_eq!(COMPUTED.load(Ordering::SeqCst), 3);
        let counted = |e: &Evidence| {
            let uses = e.view_uses();
            assert_eq!((uses.len(), &*uses[0].view), (1, "Length"));
            (uses[0].keys, uses[0].computed, uses[0].asked)
        };
        assert_eq!(counted(&e), (3, 3, 3));
        need.release(&e);
        e.view::<Length>(1).unwrap();
        assert_eq!(counted(&e), (3, 4, 4));
    }

    #[test]
    fn time_of_a_view_leaves_out_the_views_that_it_is_made_from() {
        struct Slow;
        struct Upon;
        impl View for Slow {
            type Key = ();
            fn compute(_: &Evidence, (): &()) -> Result<Self> {
                std::thread::sleep(Duration::from_millis(60));
                Ok(Self)
            }
        }
        impl View for Upon {
            type Key = ();
            fn compute(evidence: &Evidence, (): &()) -> Result<Self> {
                evidence.view::<Slow>(()).map(|_| Self)
            }
        }
        let e = evidence();
        e.view::<Upon>(()).unwrap();
        let [slow, upon] = &e.view_uses()[..] else { panic!("two views") };
        assert_eq!((&*slow.view, &*upon.view), ("Slow", "Upon"));
        assert!(slow.seconds >= 0.06 && upon.seconds < slow.seconds, "{slow:?} {upon:?}");
    }

    #[test]
    fn names_of_views_are_without_paths() {
        assert_eq!(short_name("a::b::C"), "C");
        assert_eq!(short_name("a::B<c::D, (e::F, u8)>"), "B<D, (F, u8)>");
    }

    #[test]
    fn what_was_decoded_out_of_another_keeps_its_view_and_limits() {
        let limits = Limits { nesting: 2, ..Limits::default() };
        let file = Evidence::new(Kind::Gif, b"abc".to_vec(), limits.clone());
        let frame = file.decoded(Digest::of(b"pixels"), 7, Length(70)).unwrap();
        assert_eq!((frame.kind(), frame.depth(), frame.bytes().len()), (Kind::Frame, 1, 0));
        assert_eq!((frame.digest(), frame.limits()), (Digest::of(b"pixels"), &limits));
        frame.release::<Length>();
        assert!(frame.has_view::<Length>(&7));
        assert_eq!(frame.view::<Length>(7).unwrap().0, 70);
        assert!(!frame.has_view::<Length>(&8));
        let inner = frame.embedded(Kind::Png, b"x".to_vec()).unwrap();
        assert_eq!((inner.depth(), inner.digest()), (2, Digest::of(b"x")));
        assert_eq!(inner.embedded(Kind::Png, vec![]).unwrap_err().kind(), ErrorKind::Limits);
        assert_eq!(inner.decoded(Digest::of(b""), 0, Length(0)).unwrap_err().kind(), ErrorKind::Limits);
    }

    #[derive(Debug)]
    struct Ping;
    #[derive(Debug)]
    struct Pong;
    impl View for Ping {
        type Key = u8;
        fn compute(evidence: &Evidence, key: &u8) -> Result<Self> {
            // Ping(3) needs Pong, which needs Ping(3): a cycle. Ping(0) does not.
            if *key > 0 {
                evidence.view::<Pong>(*key)?;
            }
            Ok(Self)
        }
    }
    impl View for Pong {
        type Key = u8;
        fn compute(evidence: &Evidence, key: &u8) -> Result<Self> {
            evidence.view::<Ping>(if *key == 3 { 3 } else { key - 1 })?;
            Ok(Self)
        }
    }

    #[test]
    fn a_cycle_is_an_error_that_names_its_path_and_other_keys_are_none() {
        let error = evidence().view::<Ping>(3).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
        let text = error.to_string();
        assert!(text.contains("Ping -> ") && text.contains("Pong -> "), "{text}");
        evidence().view::<Ping>(2).unwrap();
    }

    #[test]
    fn threads_that_race_for_one_view_all_get_the_first_result() {
        let e = evidence();
        let seen: Vec<_> = std::thread::scope(|scope| {
            let handles: Vec<_> =
                (0..8).map(|_| scope.spawn(|| Arc::as_ptr(&e.view::<Ping>(2).unwrap()) as usize)).collect();
            handles.into_iter().map(|h| h.join().unwrap()).collect()
        });
        assert!(seen.iter().all(|p| *p == seen[0]));
    }
}
