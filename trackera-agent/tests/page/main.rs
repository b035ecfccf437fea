//! The page as browsers and programs reach it: over real connections, with a view of an estate that drifted.

#![cfg(test)]

mod browser;
mod estate;
mod figures;
mod live;
mod pages;
mod record;
mod requests;
mod standing;
mod web;
