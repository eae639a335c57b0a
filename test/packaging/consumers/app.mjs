import express from 'express'
import { ifMatch, problems } from 'express-if-match'
import scenario from './scenario.cjs'

await scenario({ express, ifMatch, problems })
