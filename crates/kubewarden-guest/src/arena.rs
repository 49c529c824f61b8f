//! The memory of a policy: blocks are taken one behind the other and all given back at once, before the next call.
//!
//! A policy server makes a fresh instance for every request; `kwctl bench` calls one instance again and again. Either way
//! nothing that a call allocated is needed after it, so freeing a block does nothing. That is worth an eighth of a
//! policy: with nothing to free the compiler drops the code that walks through values to free them, and a general
//! allocator is ten times this one.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;
use std::ptr;

/// WebAssembly grows memory by this many bytes.
const PAGE: usize = 65_536;

/// Memory that grows at its end, addressed from 0.
pub(crate) trait Memory {
    /// How many pages it has.
    fn pages(&self) -> usize;
    /// Adds pages and tells how many there were before; `None` when the host has no more.
    fn grow(&self, pages: usize) -> Option<usize>;
    /// The byte at an address.
    fn pointer(&self, address: usize) -> *mut u8;
}

/// An allocator for one thread. What lies below the first block belongs to the program: its data and its stack.
pub(crate) struct Arena<M> {
    memory: M,
    /// Where the first block starts, where the next one will, and where the memory ends; all 0 before the first block.
    first: Cell<usize>,
    next: Cell<usize>,
    end: Cell<usize>,
}

impl<M: Memory> Arena<M> {
    pub(crate) const fn new(memory: M) -> Self {
        Self {
            memory,
            first: Cell::new(0),
            next: Cell::new(0),
            end: Cell::new(0),
        }
    }

    /// Takes all blocks back.
    ///
    /// # Safety
    /// None of them may be used again: no static may own one.
    #[expect(unsafe_code, reason = "what the caller has to promise cannot be checked here")]
    pub(crate) unsafe fn rewind(&self) {
        self.next.set(self.first.get());
    }

    /// The block from `start` on, or elsewhere if the memory there is not ours; `None` when there is no memory for it.
    fn take(&self, start: usize, size: usize) -> Option<*mut u8> {
        let mut start = start;
        if start.checked_add(size)? > self.end.get() {
            start = self.grow(start, size)?;
        }
        self.next.set(start + size);
        Some(self.memory.pointer(start))
    }

    /// Memory for a block, and where the block starts. Half of what there is when the host gives that, because asking takes
    /// longer than using.
    fn grow(&self, start: usize, size: usize) -> Option<usize> {
        let least = size.div_ceil(PAGE);
        let (pages, before) = [least.max(self.memory.pages() / 2), least]
            .into_iter()
            .find_map(|pages| Some((pages, self.memory.grow(pages)?)))?;
        let (place, is_ours) = (before * PAGE, before * PAGE == self.end.get());
        // The last page of a full memory ends where addresses do.
        self.end.set(place.saturating_add(pages * PAGE));
        if is_ours {
            return Some(start);
        }
        // A libc has grown the memory meanwhile: from the next call on only what lies behind that is used.
        self.first.set(place);
        Some(place)
    }

    fn begin(&self) {
        let end = self.memory.pages() * PAGE;
        for mark in [&self.first, &self.next, &self.end] {
            mark.set(end);
        }
    }
}

#[expect(unsafe_code, reason = "an allocator hands out raw memory")]
// SAFETY: blocks lie between `first` and `end`, so in the memory and not over the program's data; `next` moves behind each
// one, so they do not overlap until `rewind`, whose caller promised that they are not used any more.
unsafe impl<M: Memory> GlobalAlloc for Arena<M> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.end.get() == 0 {
            self.begin();
        }
        let start = self.next.get().checked_next_multiple_of(layout.align());
        let block = start.and_then(|start| self.take(start, layout.size()));
        block.unwrap_or(ptr::null_mut())
    }

    unsafe fn dealloc(&self, _block: *mut u8, _layout: Layout) {}

    /// The last block grows where it is: most that grows is a text or a list that is being written.
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let start = self.next.get() - layout.size();
        let new = if self.memory.pointer(start) == block {
            self.take(start, size).unwrap_or(ptr::null_mut())
        } else {
            // SAFETY: the caller promises that the new size can be a layout's.
            unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) }
        };
        if !new.is_null() && new != block {
            // SAFETY: both have at least so many bytes, and a block that is not where the old one was lies behind it.
            unsafe { ptr::copy_nonoverlapping(block, new, layout.size().min(size)) };
        }
        new
    }
}

/// The memory of the instance this runs in.
#[cfg(target_family = "wasm")]
pub(crate) struct Instance;

#[cfg(target_family = "wasm")]
impl Memory for Instance {
    fn pages(&self) -> usize {
        std::arch::wasm32::memory_size(0)
    }

    fn grow(&self, pages: usize) -> Option<usize> {
        let before = std::arch::wasm32::memory_grow(0, pages);
        (before != usize::MAX).then_some(before)
    }

    fn pointer(&self, address: usize) -> *mut u8 {
        ptr::with_exposed_provenance_mut(address)
    }
}

#[cfg(target_family = "wasm")]
#[expect(unsafe_code, reason = "a static must be `Sync`")]
// SAFETY: the modules have no threads.
unsafe impl Sync for Arena<Instance> {}

#[cfg(test)]
#[expect(unsafe_code, reason = "the tests call an allocator as a program would")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MOST: usize = 24;

    /// A memory of at most [`MOST`] pages, of which two are the program's.
    struct Buffer {
        bytes: Box<[Cell<u64>]>,
        pages: Cell<usize>,
    }

    impl Memory for Buffer {
        fn pages(&self) -> usize {
            self.pages.get()
        }

        fn grow(&self, pages: usize) -> Option<usize> {
            let before = self.pages.get();
            self.pages
                .set(Some(before + pages).filter(|wanted| *wanted <= MOST)?);
            Some(before)
        }

        fn pointer(&self, address: usize) -> *mut u8 {
            self.bytes.as_ptr().cast::<u8>().cast_mut().wrapping_add(address)
        }
    }

    fn arena() -> Arena<Buffer> {
        Arena::new(Buffer {
            bytes: vec![Cell::new(0); MOST * PAGE / 8].into_boxed_slice(),
            pages: Cell::new(2),
        })
    }

    fn layout(size: usize, align: u32) -> Layout {
        Layout::from_size_align(size, 1 << align).unwrap()
    }

    proptest! {
        /// Each block is aligned, keeps what is written into it while others come and grow, and lies in the memory.
        #[test]
        fn blocks_do_not_touch(requests in prop::collection::vec((1_usize..9_000, 0_u32..4, 1_usize..20_000, any::<bool>()), 1..60)) {
            let arena = arena();
            let mut blocks: Vec<(*mut u8, Layout, u8)> = Vec::new();
            for (index, (size, align, grown, is_last)) in requests.into_iter().enumerate() {
                let (wanted, mark) = (layout(size, align), u8::try_from(index % 251).unwrap());
                let block = unsafe { arena.alloc(wanted) };
                prop_assume!(!block.is_null());
                prop_assert!(block >= arena.memory.pointer(2 * PAGE));
                prop_assert!(block.wrapping_add(size) <= arena.memory.pointer(arena.memory.pages() * PAGE));
                prop_assert_eq!(block.align_offset(wanted.align()), 0);
                unsafe { block.write_bytes(mark, size) };
                blocks.push((block, wanted, mark));
                let chosen = if is_last { blocks.len() - 1 } else { 0 };
                let (block, old, mark) = blocks[chosen];
                let moved = unsafe { arena.realloc(block, old, grown) };
                prop_assume!(!moved.is_null());
                prop_assert_eq!(moved == block, is_last || blocks.len() == 1);
                unsafe { moved.wrapping_add(old.size().min(grown)).write_bytes(mark, grown.saturating_sub(old.size())) };
                blocks[chosen] = (moved, Layout::from_size_align(grown, old.align()).unwrap(), mark);
            }
            for (block, layout, mark) in blocks {
                let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
                prop_assert!(bytes.iter().all(|byte| *byte == mark));
            }
        }
    }

    #[test]
    fn the_next_call_gets_the_same_memory() {
        let arena = arena();
        let first = unsafe { arena.alloc(layout(100_000, 3)) };
        let pages = arena.memory.pages();
        for _ in 0..1_000 {
            unsafe { arena.rewind() };
            assert_eq!(unsafe { arena.alloc(layout(100_000, 3)) }, first);
        }
        assert_eq!(arena.memory.pages(), pages);
    }

    #[test]
    fn memory_that_somebody_else_took_is_left_alone() {
        let arena = arena();
        let first = unsafe { arena.alloc(layout(PAGE, 0)) };
        unsafe { first.write_bytes(7, PAGE) };
        let theirs = arena.memory.grow(1).unwrap();
        let grown = unsafe { arena.realloc(first, layout(PAGE, 0), 2 * PAGE) };
        assert_eq!(grown, arena.memory.pointer((theirs + 1) * PAGE));
        assert!(
            unsafe { std::slice::from_raw_parts(grown, PAGE) }
                .iter()
                .all(|byte| *byte == 7)
        );
        unsafe { arena.rewind() };
        assert_eq!(unsafe { arena.alloc(layout(PAGE, 0)) }, grown);
    }

    #[test]
    fn a_memory_that_is_full_refuses_and_gives_the_rest() {
        let arena = arena();
        assert!(unsafe { arena.alloc(layout(MOST * PAGE, 0)) }.is_null());
        assert!(unsafe { arena.alloc(layout(usize::MAX / 2, 0)) }.is_null());
        assert!(!unsafe { arena.alloc(layout((MOST - 2) * PAGE, 0)) }.is_null());
        assert!(unsafe { arena.alloc(layout(1, 0)) }.is_null());
    }
}
